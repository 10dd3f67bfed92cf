"""What one prediction writes to CloudWatch Logs: every line that its call leaves, rendered, and counted in bytes."""

from __future__ import annotations

import io
import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from aws_lambda_powertools import Logger

from millrace.edge import telemetry
from stacks.constructs.api import ACCESS_LOG

REQUEST = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=1"
TRACED = "_X_AMZN_TRACE_ID"  # where Lambda tells a function its trace, which the logger puts on each line
TENANT, KEY_ID, MODEL, ROUTE = "acme", "0001020304050607", "credit", "/models/{proxy+}"
# What each function says about a call that goes well: the words, what stands on every line, and what it adds.
SAID: Mapping[str, tuple[str, Mapping[str, object], Mapping[str, object]]] = {
    "predict": ("answered", {"tenant": TENANT, "route": ROUTE, "model": MODEL, "version": 12}, {"status": 200}),
    "authorize": ("known", {}, {"tenant": TENANT, "key_id": KEY_ID}),
}
PLATFORM = (  # what Lambda itself writes around each call, at the default format of its logs
    f"START RequestId: {REQUEST} Version: 12\n",
    f"END RequestId: {REQUEST}\n",
    (
        f"REPORT RequestId: {REQUEST}\tDuration: 9.87 ms\tBilled Duration: 10 ms"
        "\tMemory Size: 1024 MB\tMax Memory Used: 187 MB\t\n"
    ),
)
ACCESS: Mapping[str, str] = {  # what API Gateway puts in place of the variables
    "$context.requestId": REQUEST,
    "$context.requestTime": "24/Nov/2026:16:45:00 +0000",
    "$context.authorizer.tenant": TENANT,
    "$context.authorizer.key_id": KEY_ID,
    "$context.httpMethod": "POST",
    "$context.path": "/api/models/credit/predict",
    "$context.status": "200",
    "$context.responseLength": "187",
    "$context.responseLatency": "12",
}


@dataclass(frozen=True, slots=True)
class _Context:
    aws_request_id: str = REQUEST


def of_function(name: str) -> int:
    """Bytes of one call's lines in the function's log group: its own one, and Lambda's around it."""
    return len(_said(name).encode()) + sum(len(line.encode()) for line in PLATFORM)


def of_access() -> int:
    """Bytes of one call's line in the API's access log."""
    return len(json.dumps({name: ACCESS[value] for name, value in ACCESS_LOG.items()}).encode())


def _said(name: str) -> str:
    """The function's own line, by the logger that it uses."""
    words, always, added = SAID[name]
    written = io.StringIO()
    with _traced():
        log = Logger(service=name)
        handler = log.registered_handler
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(written)  # a logger keeps its first stream
        with telemetry.about(log, _Context(), **always):
            log.info(words, extra=dict(added))
    return written.getvalue()


@contextmanager
def _traced() -> Iterator[None]:
    before = os.environ.get(TRACED)
    os.environ[TRACED] = TRACE
    try:
        yield
    finally:
        os.environ.pop(TRACED)
        if before is not None:
            os.environ[TRACED] = before
