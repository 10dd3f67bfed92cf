"""The stage's HTTPS API as any client sees it: a key, JSON, and errors with a code."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from millrace.domain.errors import (
    Forbidden,
    InvalidInput,
    MillraceError,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
)

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
KINDS: dict[int, type[MillraceError]] = {
    400: InvalidInput,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    413: TooLarge,
    429: Unavailable,
}
SEPARATOR = "; "  # with which the API puts its hint behind the sentence
HINTS = {
    401: "give a valid key: millrace keys create --save",
    403: "the key lacks the scope or is not valid: millrace keys list",
    404: "list the models: millrace models list",
    413: "make the rows smaller: the API takes about 4 MB at once, and answers with 6 MB at most",
}


class ApiClient:
    """Calls one stage with one key."""

    def __init__(self, url: str, key: str, ca_bundle: str | None = None) -> None:
        """`ca_bundle` is the file of the authority to trust; None trusts the system's."""
        trusted = ssl.create_default_context(cafile=ca_bundle)
        self._http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, verify=trusted, timeout=TIMEOUT, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def predict(self, model: str, version: str | None, rows: Sequence[Mapping[str, object]]) -> dict[str, Any]:
        """POST rows to a model's champion or to a version. Raises what the answer's status means."""
        path = f"/models/{model}" + (f"/versions/{version}" if version else "")
        try:
            answer = self._http.post(
                f"{path}/predict", content=encoded({"rows": list(rows)}), headers={"Content-Type": "application/json"}
            )
        except httpx.TransportError as error:
            raise Unavailable(f"the API does not answer: {error}", hint="see `millrace status`") from error
        if answer.is_success:
            return dict(answer.json())
        raise _told(answer)


def encoded(value: object) -> bytes:
    """A body as it is sent: JSON in UTF-8, without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _told(answer: httpx.Response) -> MillraceError:
    kind = KINDS.get(answer.status_code, Unavailable if answer.status_code >= 500 else MillraceError)
    try:
        body = answer.json()
    except ValueError:
        body = {}
    error = body.get("error") if isinstance(body, dict) else None
    facts = error if isinstance(error, dict) else {"message": error, "code": body.get("code")} if error else {}
    message = facts.get("message") or (body.get("message") if isinstance(body, dict) else None)
    said, hint = str(message or f"the API answered {answer.status_code}"), HINTS.get(answer.status_code)
    if kind is TooLarge and SEPARATOR in said:  # its words are the API's alone: none of them are the caller's
        said, _, hint = said.partition(SEPARATOR)
    return kind(said, code=facts.get("code"), field=facts.get("param"), hint=hint)
