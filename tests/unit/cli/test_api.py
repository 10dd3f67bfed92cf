from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from millrace.cli.api import ApiClient
from millrace.domain import errors


class Endpoint(BaseHTTPRequestHandler):
    """Answers every POST with what the test put here, and keeps what came."""

    answer: ClassVar[tuple[int, str]] = (200, "{}")
    came: ClassVar[dict[str, Any]] = {}

    def do_POST(self) -> None:  # the base class's name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).came = {"path": self.path, "key": self.headers["Authorization"], "body": json.loads(body)}
        status, text = self.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Stay silent."""


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/api"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("version", "path"), [(None, "/api/models/m/predict"), ("2", "/api/models/m/versions/2/predict")]
)
def test_rows_are_sent_with_the_key(url: str, version: str | None, path: str) -> None:
    Endpoint.answer = (200, '{"predictions": [1]}')
    with ApiClient(url, "mr_key") as client:
        assert client.predict("m", version, [{"é": None}]) == {"predictions": [1]}
    assert Endpoint.came == {"path": path, "key": "Bearer mr_key", "body": {"rows": [{"é": None}]}}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.InvalidInput),
        (401, errors.Unauthenticated),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (413, errors.TooLarge),
        (429, errors.Unavailable),
        (500, errors.Unavailable),
        (503, errors.Unavailable),
        (418, errors.MillraceError),
    ],
)
def test_an_error_keeps_its_words(url: str, status: int, kind: type[errors.MillraceError]) -> None:
    told = {"error": {"message": "no such column", "type": "t", "param": "rows[0].x", "code": "unknown_field"}}
    Endpoint.answer = (status, json.dumps(told))
    with ApiClient(url, "k") as client, pytest.raises(kind) as raised:
        client.predict("m", None, [])
    assert type(raised.value) is kind
    assert (raised.value.message, raised.value.code) == ("no such column", "unknown_field")
    assert raised.value.field == "rows[0].x"


@pytest.mark.parametrize(
    ("message", "said", "hint"),
    [
        (
            "the body is too large; send fewer rows per call, or gzip the body",
            "the body is too large",
            "send fewer rows",
        ),
        ("the request is larger than 10 MB", "the request is larger than 10 MB", "make the rows smaller"),
    ],
)
def test_what_is_too_large_says_what_to_do(url: str, message: str, said: str, hint: str) -> None:
    Endpoint.answer = (
        413,
        json.dumps({"error": {"message": message, "type": "t", "param": None, "code": "too_large"}}),
    )
    with ApiClient(url, "k") as client, pytest.raises(errors.TooLarge) as raised:
        client.predict("m", None, [])
    assert raised.value.message == said
    assert hint in (raised.value.hint or "")


def test_what_the_gateway_refuses_is_read_too(url: str) -> None:
    Endpoint.answer = (401, json.dumps({"error": "send a key", "type": "t", "param": None, "code": "unauthenticated"}))
    with ApiClient(url, "k") as client, pytest.raises(errors.Unauthenticated) as raised:
        client.predict("m", None, [])
    assert (raised.value.message, raised.value.code) == ("send a key", "unauthenticated")


@pytest.mark.parametrize("text", ["<html>", "[]", "null", '{"error": ""}', '{"message": "Forbidden"}'])
def test_an_error_of_somebody_else_has_words_too(url: str, text: str) -> None:
    Endpoint.answer = (403, text)
    with ApiClient(url, "k") as client, pytest.raises(errors.Forbidden) as raised:
        client.predict("m", None, [])
    assert raised.value.message in {"the API answered 403", "Forbidden"}
    assert raised.value.code == "forbidden"


def test_nobody_there_is_unavailable() -> None:
    with ApiClient("http://127.0.0.1:9", "k") as client, pytest.raises(errors.Unavailable, match="does not answer"):
        client.predict("m", None, [])
