"""What each kind of error makes the command exit with. Written once; docs/cli.md shows the same table."""

from __future__ import annotations

from millrace.domain.errors import (
    Conflict,
    Corrupt,
    Denied,
    Forbidden,
    InvalidInput,
    JobFailed,
    MillraceError,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
)

OK, FAILED, USAGE, NOT_FOUND, NOT_AUTHORISED, UNAVAILABLE, CONFLICT, BROKEN, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 70, 130

MEANING = {
    OK: "done; after `train --wait`, a version was made: the words and `promoted` say whether it took over",
    FAILED: "the run was rejected or failed, or `doctor` found something missing",
    USAGE: "the command or its input is not valid",
    NOT_FOUND: "there is no such thing for this tenant, or the stage is not deployed",
    NOT_AUTHORISED: "no usable key or credentials, or they lack the right",
    UNAVAILABLE: "the cloud, or a service in it, does not answer: the same command can succeed later",
    CONFLICT: "the name is taken, or somebody changed it meanwhile",
    BROKEN: "stored data is damaged, or something of ours broke",
    INTERRUPTED: "Ctrl-C",
}

_BY_KIND: dict[type[MillraceError], int] = {
    JobFailed: FAILED,
    InvalidInput: USAGE,
    TooLarge: USAGE,
    NotFound: NOT_FOUND,
    Unauthenticated: NOT_AUTHORISED,
    Forbidden: NOT_AUTHORISED,
    Denied: NOT_AUTHORISED,
    Unavailable: UNAVAILABLE,
    Conflict: CONFLICT,
    Corrupt: BROKEN,
}


def code_for(error: MillraceError) -> int:
    """The exit code of the error's nearest kind."""
    return next((_BY_KIND[kind] for kind in type(error).__mro__ if kind in _BY_KIND), BROKEN)
