"""Keys on log lines, for as long as one call lasts."""

from __future__ import annotations

import io
import json
import uuid
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from millrace.edge import telemetry


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_keys_last_as_long_as_the_block_even_when_it_fails() -> None:
    out = io.StringIO()
    log = Logger(service=uuid.uuid4().hex, stream=out)

    def call() -> None:
        with telemetry.about(log, object(), tenant="acme"):
            log.info("inside")
            raise KeyError

    with pytest.raises(KeyError):
        call()
    log.info("after")
    inside, after = lines(out)
    assert (inside["tenant"], inside["message"]) == ("acme", "inside")
    assert "tenant" not in after
    assert "request_id" not in after


def test_the_logger_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    name = uuid.uuid4().hex
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", name)
    assert telemetry.logger().service == name
