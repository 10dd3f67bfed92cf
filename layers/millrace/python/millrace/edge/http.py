"""HTTP behind API Gateway: who calls, which handler answers, and the one table from our errors to statuses."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

from aws_lambda_powertools.event_handler.api_gateway import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from millrace.domain.access import Caller, Scope
from millrace.domain.errors import (
    Conflict,
    Corrupt,
    Denied,
    Forbidden,
    InvalidInput,
    MillraceError,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from millrace.edge import body, limits
from millrace.protocol import problem

# THE table: our error -> HTTP status and the structured form's `type`. A subclass takes its nearest ancestor's row.
STATUS: Mapping[type[Exception], tuple[HTTPStatus, str]] = {
    InvalidInput: (HTTPStatus.BAD_REQUEST, "invalid_request_error"),
    TooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "invalid_request_error"),
    Unauthenticated: (HTTPStatus.UNAUTHORIZED, "authentication_error"),
    Forbidden: (HTTPStatus.FORBIDDEN, "permission_error"),
    NotFound: (HTTPStatus.NOT_FOUND, "not_found_error"),
    Conflict: (HTTPStatus.CONFLICT, "conflict_error"),
    Unavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "unavailable_error"),
    Corrupt: (HTTPStatus.INTERNAL_SERVER_ERROR, "server_error"),
    Denied: (HTTPStatus.INTERNAL_SERVER_ERROR, "server_error"),
    MillraceError: (HTTPStatus.INTERNAL_SERVER_ERROR, "server_error"),
}
UNSAID = (Denied,)  # what a caller can do nothing about and need not know: our roles and our grants
HEADERS: Mapping[HTTPStatus, dict[str, str]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "1"},
}
_JSON = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_FRAMES = 20  # of each error, the innermost ones
INFERENCE_PREFIX = "/v2"  # the paths whose errors have the Open Inference Protocol's form


@dataclass(frozen=True, slots=True)
class Call:
    """One authorized HTTP call. `headers` have lower-case names; `path` holds the route's parameters."""

    caller: Caller
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    text: str | None
    is_base64: bool
    body_bytes: int  # at most, decompressed

    def json(self) -> object:
        """The body as JSON, decoded within bounds. Raises InvalidInput, TooLarge."""
        encoding = self.headers.get("content-encoding")
        return body.parse_json(
            body.decode(self.text, is_base64=self.is_base64, encoding=encoding, limit=self.body_bytes)
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with a status other than 200, or with headers. A `body` of None is an empty one."""

    body: object
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] | None = None


Handler = Callable[[Call], object]


class ErrorLog(Protocol):
    """Where an error of ours is written; a Powertools or a standard logger."""

    def error(self, msg: str, *, extra: Mapping[str, object]) -> None:
        """Write `msg` with what `extra` holds."""
        ...


class Api:
    """A function's routes. Called with an API Gateway REST proxy event, it gives the proxy's answer.

    `body_bytes` bounds a decompressed body. Every route names the scope it needs; a call without an authorizer's
    context is refused. One call at a time, as Lambda hands them over: the resolver keeps the event it is answering.
    """

    def __init__(self, log: ErrorLog, *, body_bytes: int) -> None:
        self._log = log
        self._body_bytes = body_bytes
        self._resolver = APIGatewayRestResolver()
        self._rules: list[tuple[str, re.Pattern[str]]] = []
        self._resolver.not_found(self._no_route)
        self._resolver.exception_handler(Exception)(self._failed)

    def __call__(self, event: dict[str, Any], context: object) -> dict[str, Any]:
        """Answer one event."""
        return self._resolver.resolve(event, context)  # type: ignore[arg-type]  # the context is only passed through

    def route(
        self, method: str, rule: str, *, scope: Scope, body_bytes: int | None = None
    ) -> Callable[[Handler], Handler]:
        """Register a handler. Parameters stand in angle brackets; the result is sent as JSON, with 200 if no Reply.

        `body_bytes` bounds this route's body, where it is to be another bound than the others'.
        """
        self._rules.append((method, re.compile(re.sub(r"<\w+>", "[^/]+", rule) + "/*")))

        def register(handler: Handler) -> Handler:
            def answer(**path: str) -> Response[str]:
                return _response(handler(self._call(path, scope, body_bytes or self._body_bytes)))

            self._resolver.route(rule, method=method)(answer)
            return handler

        return register

    def get(self, rule: str, *, scope: Scope) -> Callable[[Handler], Handler]:
        """Register a handler for GET."""
        return self.route("GET", rule, scope=scope)

    def post(self, rule: str, *, scope: Scope, body_bytes: int | None = None) -> Callable[[Handler], Handler]:
        """Register a handler for POST."""
        return self.route("POST", rule, scope=scope, body_bytes=body_bytes)

    def delete(self, rule: str, *, scope: Scope) -> Callable[[Handler], Handler]:
        """Register a handler for DELETE."""
        return self.route("DELETE", rule, scope=scope)

    def _call(self, path: Mapping[str, str], scope: Scope, body_bytes: int) -> Call:
        event = self._resolver.current_event.raw_event
        return Call(
            caller=authorized(event, scope),
            path=path,
            query=event.get("queryStringParameters") or {},
            headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
            text=event.get("body"),
            is_base64=bool(event.get("isBase64Encoded")),
            body_bytes=body_bytes,
        )

    def _no_route(self, _: NotFoundError) -> Response[str]:
        event = self._resolver.current_event.raw_event
        allowed = sorted({method for method, rule in self._rules if rule.fullmatch(event["path"])})
        if allowed:
            status, code = HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed"
            message = f"{event['httpMethod']} is not allowed here; use {' or '.join(allowed)}"
            headers = {"Allow": ", ".join(allowed)}
        else:
            status, code, message, headers = HTTPStatus.NOT_FOUND, "no_such_path", "there is no such path", {}
        return self._error(status, "invalid_request_error", message, code, None, headers)

    def _failed(self, error: Exception) -> Response[str]:
        if not isinstance(error, MillraceError) or isinstance(error, UNSAID):
            said = error.message if isinstance(error, MillraceError) else f"unexpected {type(error).__name__}"
            self._log.error(said, extra={"frames": _frames(error)})
            return self._error(
                HTTPStatus.INTERNAL_SERVER_ERROR, "server_error", "something of ours broke", "internal", None, {}
            )
        status, kind = next(STATUS[ancestor] for ancestor in type(error).__mro__ if ancestor in STATUS)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._log.error(error.message, extra={"code": error.code, "frames": _frames(error)})
        message = f"{error.message}; {error.hint}" if error.hint else error.message
        return self._error(status, kind, message, error.code, error.field, HEADERS.get(status, {}))

    def _error(
        self, status: HTTPStatus, kind: str, message: str, code: str, param: str | None, headers: Mapping[str, str]
    ) -> Response[str]:
        message, param = message[: limits.MESSAGE_CHARACTERS], param and param[: limits.MESSAGE_CHARACTERS]
        path = self._resolver.current_event.path
        if path == INFERENCE_PREFIX or path.startswith(f"{INFERENCE_PREFIX}/"):
            return _response(Reply(problem.inference(message), status, headers))
        return _response(Reply(problem.structured(message=message, kind=kind, param=param, code=code), status, headers))


def _frames(error: BaseException) -> list[str]:
    """Types and places of an error and of its causes, without their texts, which may quote what a caller sent."""
    told: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        places = traceback.extract_tb(cause.__traceback__, limit=-_FRAMES)
        told += [type(cause).__name__, *(f"{place.filename}:{place.lineno} {place.name}" for place in places)]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return told


def authorized(event: Mapping[str, Any], scope: Scope) -> Caller:
    """Who calls, as the authorizer said. Raises Unauthenticated without its context, Forbidden without the scope."""
    context = (event.get("requestContext") or {}).get("authorizer") or {}
    tenant, key_id, scopes = (context.get(name) for name in ("tenant", "key_id", "scopes"))
    if not (tenant and key_id and isinstance(scopes, str)):
        raise Unauthenticated("the call carries no authorized key")
    granted = frozenset(known for known in Scope if known in scopes.split())
    if scope not in granted:
        raise Forbidden(f"the key lacks the scope {scope.value!r}", field="scope")
    return Caller(tenant, key_id, granted)


def _response(result: object) -> Response[str]:
    reply = result if isinstance(result, Reply) else Reply(result)
    text = "" if reply.body is None else _JSON.encode(reply.body)
    if body.carried_bytes(text) > limits.ANSWER_BYTES:
        raise TooLarge("the answer would be larger than 6 MB", code="answer_too_large", hint="send fewer rows per call")
    return Response(reply.status, "application/json", text, dict(reply.headers or {}))
