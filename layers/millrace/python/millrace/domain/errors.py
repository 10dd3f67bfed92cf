"""Every error this project raises, so that an edge can translate each one in a single table.

    MillraceError
    ├── InvalidInput        the caller sent something that can't be accepted (400)
    │   └── Rejected        an upload or a spec that can't become a model; stored with its run
    ├── TooLarge            a request or an answer beyond a stated bound (413)
    ├── Unauthenticated     no key, or one that is unknown, expired or revoked (401)
    ├── Forbidden           a valid key without the scope that is needed (403)
    ├── NotFound            no such thing for this tenant; another tenant's thing looks the same (404)
    ├── Conflict            a conditional write lost, or a name is taken (409)
    ├── Unavailable         not now; the same call can succeed later (503)
    ├── Denied              our own role lacks a grant, or has no credentials; never the caller's fault (500)
    ├── JobFailed           a training job ended without a model though its input was acceptable (500)
    └── Corrupt             stored bytes do not match their digest, or a record can't be read (500)

Errors carry facts as fields; the edge renders them.
"""

from __future__ import annotations


class MillraceError(Exception):
    """Base of all our errors.

    `code` is stable and machine-readable, `message` is one sentence for a person, `hint` says what to do,
    `field` names the file, column, row or parameter at fault.
    """

    code = "error"

    def __init__(
        self, message: str, *, code: str | None = None, field: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.hint = hint
        if code is not None:
            self.code = code


class InvalidInput(MillraceError):
    """The caller's input can't be accepted as it is."""

    code = "invalid_input"


class Rejected(InvalidInput):
    """An upload or a spec that can't become a model; its code is listed in docs/errors."""

    code = "rejected"


class TooLarge(MillraceError):
    """A request, an answer or a file is beyond a stated bound."""

    code = "too_large"


class Unauthenticated(MillraceError):
    """No usable key came with the call."""

    code = "unauthenticated"


class Forbidden(MillraceError):
    """The key is valid but lacks the scope."""

    code = "forbidden"


class NotFound(MillraceError):
    """There is no such thing for this tenant."""

    code = "not_found"


class Conflict(MillraceError):
    """A conditional write lost, or the name is taken."""

    code = "conflict"


class Unavailable(MillraceError):
    """A service we depend on did not answer; try again."""

    code = "unavailable"


class Denied(MillraceError):
    """A service we depend on refused us: our own role lacks a grant, or its credentials are absent or expired."""

    code = "denied"


class Corrupt(MillraceError):
    """Stored bytes or a stored record are not what they must be."""

    code = "corrupt"


class JobFailed(MillraceError):
    """A training job ended without a model though its input was acceptable."""

    code = "job_failed"
