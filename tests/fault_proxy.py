"""A loopback proxy before the embedded cloud that lets some calls fail as AWS's own do: throttled, broken, cut off."""

from __future__ import annotations

import http.client
import json
import random
import re
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import urlsplit

from millrace.local import certificate
from millrace.local.emulator import Cloud

_SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
_ATTEMPT = re.compile(r"attempt=(\d+)")
_HOP = {"connection", "keep-alive", "transfer-encoding", "expect", "te", "trailer", "upgrade", "content-length"}
_DYNAMO = "com.amazonaws.dynamodb.v20120810#"
_SECONDS = 120  # of the slowest answer


class Fault(StrEnum):
    """What becomes of a call."""

    THROTTLED = "throttled"
    BROKEN = "broken"  # a 500
    RESET = "reset"  # the connection, before the call was made
    LOST = "lost"  # the answer, after the call was made


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a service, by what it is signed for."""

    service: str  # dynamodb, s3, ...
    verb: str  # DynamoDB's operation, or the HTTP method
    attempt: int = 1  # the client's, counted from 1


Plan = Callable[[Call], Fault | None]


def every(nth: int, faults: Sequence[Fault], services: Sequence[str] = ("dynamodb", "s3")) -> Plan:
    """Each service's n-th call fails, 2n-th, and so on, the faults taking turns."""
    lock, counts = threading.Lock(), Counter[str]()

    def plan(call: Call) -> Fault | None:
        if call.service not in services:
            return None
        with lock:
            counts[call.service] += 1
            turn, rest = divmod(counts[call.service], nth)
        return None if rest else faults[(turn - 1) % len(faults)]

    return plan


def but_the_last(plan: Plan, attempts: int) -> Plan:
    """The same, but what failed each time before succeeds: among many callers one would else be doomed by chance."""
    return lambda call: None if call.attempt == attempts else plan(call)


def share(part: float, seed: int, services: Sequence[str] = ("dynamodb", "s3")) -> Plan:
    """This part of the calls fails, at random."""
    lock, chance = threading.Lock(), random.Random(seed)

    def plan(call: Call) -> Fault | None:
        with lock:
            return chance.choice(list(Fault)) if call.service in services and chance.random() < part else None

    return plan


@dataclass
class Proxy:
    """A running proxy. `plan` may be exchanged at any time; `seen` and `failed` count calls by service."""

    cloud: Cloud
    plan: Plan = lambda _: None
    endpoint: str = ""
    seen: Counter[Call] = field(default_factory=Counter)
    failed: Counter[tuple[str, Fault]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def calls(self, service: str) -> int:
        """How many came for a service so far."""
        return sum(count for call, count in self.seen.items() if call.service == service)

    def judge(self, call: Call) -> Fault | None:
        """What is to become of a call, counted."""
        fault = self.plan(call)
        with self._lock:
            self.seen[call] += 1
            if fault is not None:
                self.failed[call.service, fault] += 1
        return fault


@contextmanager
def proxy(cloud: Cloud, plan: Plan = lambda _: None) -> Iterator[Proxy]:
    """A proxy on a free port, with the cloud's own certificate; it ends with the block."""
    tls = certificate.ensure(cloud.state / "tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate, tls.key)
    running = Proxy(cloud, plan)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.proxy, server.trusted = running, ssl.create_default_context(cafile=str(cloud.ca_bundle))
    # The handshake is each connection's own thread's: a client that is slow at it keeps nobody waiting.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    running.endpoint = f"https://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client may keep its connection for long
    request_queue_size = 128
    proxy: Proxy
    trusted: ssl.SSLContext

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients go away without a goodbye."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _SECONDS

    def handle_one_request(self) -> None:
        """One call: read whole, judged, and either failed or passed on."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body, call = self._body(), self._call()
        fault = cast("_Server", self.server).proxy.judge(call)
        if fault is Fault.RESET:
            self._reset()
        elif fault in {Fault.THROTTLED, Fault.BROKEN}:
            self._answer(*_error(call, fault))
        else:
            answer = self._pass_on(body)
            if fault is Fault.LOST:
                self._reset()
            else:
                self._answer(*answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Say nothing."""

    def _call(self) -> Call:
        scope = _SCOPE.search(self.headers.get("Authorization", ""))
        service = scope[1] if scope else ""
        target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        attempt = _ATTEMPT.search(self.headers.get("amz-sdk-request", ""))
        return Call(service, target or self.command, int(attempt[1]) if attempt else 1)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        whole = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def _pass_on(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        server = cast("_Server", self.server)
        upstream = urlsplit(server.proxy.cloud.endpoint)
        line = http.client.HTTPSConnection(
            str(upstream.hostname), upstream.port, timeout=_SECONDS, context=server.trusted
        )
        with closing(line):
            line.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():  # the host too, which is signed
                if name.lower() not in _HOP:
                    line.putheader(name, value)
            line.putheader("Content-Length", str(len(body)))
            line.endheaders(body)
            answer = line.getresponse()
            content = answer.read()
            headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP]
            length = answer.getheader("Content-Length")
            if self.command == "HEAD" and length is not None:
                headers.append(("Content-Length", length))
            return answer.status, headers, content

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if self.command != "HEAD" and status not in {204, 304}:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _reset(self) -> None:
        """End the connection without a word."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()


def _error(call: Call, fault: Fault) -> tuple[int, list[tuple[str, str]], bytes]:
    """The answer by which AWS says so."""
    if call.service == "s3":
        status, code, says = (
            (503, "SlowDown", "Please reduce your request rate.")
            if fault is Fault.THROTTLED
            else (500, "InternalError", "We encountered an internal error. Please try again.")
        )
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{says}</Message></Error>'
        return status, [("Content-Type", "application/xml")], text.encode()
    status, code, says = (
        (400, "ProvisionedThroughputExceededException", "The level of configured provisioned throughput was exceeded.")
        if fault is Fault.THROTTLED
        else (500, "InternalServerError", "The request processing has failed because of an unknown error.")
    )
    body = json.dumps({"__type": _DYNAMO + code, "message": says})
    return status, [("Content-Type", "application/x-amz-json-1.0")], body.encode()
