"""Routes, who may call them, and the table from errors to statuses."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from millrace.domain import errors
from millrace.domain.access import Caller, Scope
from millrace.edge import limits
from millrace.edge.http import STATUS, Api, Call, Reply
from tests.events import AUTHORIZED, proxy


class Log:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.extra: list[Mapping[str, object]] = []

    def error(self, msg: str, *, extra: Mapping[str, object]) -> None:
        self.said.append(msg)
        self.extra.append(extra)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def api(log: Log) -> Api:
    made = Api(log, body_bytes=100)

    @made.post("/things/<name>", scope=Scope.TRAIN)
    @made.get("/things/<name>", scope=Scope.INFER)
    def thing(call: Call) -> object:
        return {"name": call.path["name"], "tenant": call.caller.tenant, "query": dict(call.query)}

    return made


def ask(api: Api, *args: Any, **options: Any) -> tuple[int, Any, dict[str, str]]:
    answer = api(proxy(*args, **options), None)
    headers = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
    assert headers["Content-Type"] == "application/json"
    assert answer["isBase64Encoded"] is False
    return answer["statusCode"], json.loads(answer["body"]) if answer["body"] else None, headers


def test_a_route_may_bound_its_body_by_itself(log: Log) -> None:
    api = Api(log, body_bytes=10)
    api.post("/few", scope=Scope.INFER)(lambda call: call.json())
    api.post("/many", scope=Scope.INFER, body_bytes=20)(lambda call: call.json())
    assert [ask(api, "POST", path, "1" * 20)[0] for path in ("/few", "/many")] == [413, 200]
    assert ask(api, "POST", "/many", "1" * 21)[0] == 413


def test_a_handler_is_given_the_caller_and_the_path(api: Api) -> None:
    assert ask(api, "GET", "/things/a-1")[:2] == (200, {"name": "a-1", "tenant": "acme", "query": {}})
    assert ask(api, "GET", "/things/a-1/")[0] == 200


def test_a_call_carries_headers_query_and_body(api: Api) -> None:
    seen: list[Call] = []

    @api.post("/seen", scope=Scope.INFER)
    def see(call: Call) -> object:
        seen.append(call)
        return call.json()

    event = proxy("POST", "/seen", {"a": 1}, headers={"X-Thing": "x"})
    event["queryStringParameters"] = {"state": "running"}
    assert json.loads(api(event, None)["body"]) == {"a": 1}
    assert seen[0].headers["x-thing"] == "x"
    assert seen[0].query == {"state": "running"}
    assert seen[0].caller == Caller("acme", AUTHORIZED["key_id"], frozenset({Scope.INFER}))


def test_a_reply_sets_status_and_headers(api: Api) -> None:
    api.delete("/gone", scope=Scope.INFER)(lambda _: Reply(None, HTTPStatus.NO_CONTENT, {"X-A": "b"}))
    status, said, headers = ask(api, "DELETE", "/gone")
    assert (status, said, headers["X-A"]) == (204, None, "b")


@pytest.mark.parametrize(
    "authorizer",
    [
        None,
        {},
        {"principalId": "acme"},
        {**AUTHORIZED, "tenant": ""},
        {**AUTHORIZED, "key_id": ""},
        {name: value for name, value in AUTHORIZED.items() if name != "scopes"},
    ],
)
def test_a_call_without_an_authorized_key_never_passes(api: Api, authorizer: dict[str, str] | None) -> None:
    status, said, headers = ask(api, "GET", "/things/a", authorizer=authorizer)
    assert (status, said["error"]["type"], headers["WWW-Authenticate"]) == (401, "authentication_error", "Bearer")


@pytest.mark.parametrize("scopes", ["", "infer", "admin infer", "trains", "TRAIN"])
def test_a_route_needs_its_own_scope(api: Api, scopes: str) -> None:
    status, said, _ = ask(api, "POST", "/things/a", authorizer={**AUTHORIZED, "scopes": scopes})
    assert (status, said["error"]["type"], said["error"]["code"]) == (403, "permission_error", "forbidden")
    assert ask(api, "POST", "/things/a", authorizer={**AUTHORIZED, "scopes": "infer train"})[0] == 200


@pytest.mark.parametrize(("path", "oip"), [("/v2/none", True), ("/v2", True), ("/v22", False), ("/none", False)])
def test_an_unknown_path_answers_in_its_own_form(api: Api, path: str, oip: bool) -> None:
    status, said, _ = ask(api, "GET", path)
    assert status == 404
    if oip:
        assert said == {"error": "there is no such path"}
    else:
        assert said["error"] == {
            "message": "there is no such path",
            "type": "invalid_request_error",
            "param": None,
            "code": "no_such_path",
        }


def test_another_method_is_named(api: Api) -> None:
    status, said, headers = ask(api, "PUT", "/things/a")
    assert (status, said["error"]["code"], headers["Allow"]) == (405, "method_not_allowed", "GET, POST")


RAISED = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.MillraceError)]


@pytest.mark.parametrize("kind", RAISED)
def test_every_error_has_its_status(api: Api, log: Log, kind: type[errors.MillraceError]) -> None:
    def fail(_: Call) -> object:
        raise kind("it is so", code="some_code", field="age", hint="do this")

    api.get("/fails", scope=Scope.INFER)(fail)
    api.get("/v2/fails", scope=Scope.INFER)(fail)
    status, said, headers = ask(api, "GET", "/fails")
    row = next(STATUS[ancestor] for ancestor in kind.__mro__ if ancestor in STATUS)
    assert status == row[0]
    assert len(log.said) == (1 if status >= 500 else 0)
    assert ("Retry-After" in headers) is (kind is errors.Unavailable)
    if kind is errors.Denied:
        assert said["error"]["code"] == "internal"
        assert "it is so" not in said["error"]["message"]
        return
    assert said == {"error": {"message": "it is so; do this", "type": row[1], "param": "age", "code": "some_code"}}
    assert ask(api, "GET", "/v2/fails")[:2] == (status, {"error": "it is so; do this"})


def test_the_statuses_are_those_of_the_errors_docstring() -> None:
    drawn = str(errors.__doc__).splitlines()
    for kind, (status, _) in STATUS.items():
        if kind is not errors.MillraceError:
            line = next(line for line in drawn if f"── {kind.__name__} " in line)
            assert f"({status.value})" in line


def test_an_unexpected_error_says_nothing_of_itself(api: Api, log: Log) -> None:
    def fail(_: Call) -> None:
        try:
            int("a secret value")
        except ValueError as error:
            raise KeyError("a secret") from error

    api.get("/fails", scope=Scope.INFER)(fail)
    status, said, _ = ask(api, "GET", "/fails")
    assert (status, said["error"]["code"]) == (500, "internal")
    assert "secret" not in json.dumps(said)
    assert log.said == ["unexpected KeyError"]
    frames = json.dumps(log.extra)
    assert "KeyError" in frames
    assert "ValueError" in frames
    assert f"{Path(__file__).name}:" in frames
    assert "secret" not in frames


def test_an_api_bounds_its_bodies(api: Api) -> None:
    api.post("/json", scope=Scope.INFER)(lambda call: call.json())
    fits = {"a": "x" * 91}
    assert len(json.dumps(fits)) == 100
    assert ask(api, "POST", "/json", fits)[:2] == (200, fits)
    status, said, _ = ask(api, "POST", "/json", {"a": "x" * 92})
    assert (status, said["error"]["code"]) == (413, "too_large")


def test_what_json_has_not_is_never_sent(api: Api) -> None:
    api.get("/nan", scope=Scope.INFER)(lambda _: {"value": float("nan")})
    assert ask(api, "GET", "/nan")[0] == 500


def test_an_answer_beyond_lambdas_payload_says_what_to_do(api: Api) -> None:
    quotes = limits.ANSWER_BYTES // 4  # a quote takes 2 bytes in the body, and 4 in the payload that carries it
    api.get("/large", scope=Scope.INFER)(lambda _: '"' * quotes)
    api.get("/fits", scope=Scope.INFER)(lambda _: '"' * (quotes - 1))
    status, said, _ = ask(api, "GET", "/large")
    assert (status, said["error"]["code"]) == (413, "answer_too_large")
    answer = api(proxy("GET", "/fits"), None)
    assert answer["statusCode"] == 200
    assert len(json.dumps(answer)) <= limits.LAMBDA_PAYLOAD_BYTES


def test_an_error_repeats_the_caller_within_a_bound(api: Api) -> None:
    def fail(call: Call) -> object:
        raise errors.InvalidInput("x" * 100_000, field="y" * 100_000)

    api.get("/fails", scope=Scope.INFER)(fail)
    _, said, _ = ask(api, "GET", "/fails")
    assert len(json.dumps(said)) < 3 * limits.MESSAGE_CHARACTERS
