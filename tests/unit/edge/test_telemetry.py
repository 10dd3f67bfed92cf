"""Keys on log lines, for as long as one call lasts."""

from __future__ import annotations

import io
import json
import uuid
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from millrace.edge import telemetry
from tests import samples


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_keys_last_as_long_as_the_block_even_when_it_fails() -> None:
    out = io.StringIO()
    log = Logger(service=uuid.uuid4().hex, stream=out)

    def call() -> None:
        with telemetry.about(log, object(), tenant="acme"):
            log.info("inside")
            raise KeyError("Jane Doe")

    with pytest.raises(Exception, match=r"^$"):
        call()
    log.info("after")
    inside, broken, after = lines(out)
    assert (inside["tenant"], inside["message"]) == ("acme", "inside")
    assert (broken["tenant"], broken["message"]) == ("acme", "unexpected KeyError")
    assert "Jane" not in out.getvalue()
    assert "tenant" not in after
    assert "request_id" not in after


def test_the_logger_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    name = uuid.uuid4().hex
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", name)
    assert telemetry.logger().service == name


def test_what_is_learnt_in_a_block_stays_on_its_lines_and_no_longer() -> None:
    out = io.StringIO()
    log = Logger(service=uuid.uuid4().hex, stream=out)
    with telemetry.about(log, object(), tenant="acme"):
        telemetry.learn(log, samples.version(model="credit", number=7))
        log.info("inside")
    log.info("after")
    inside, after = lines(out)
    assert (inside["tenant"], inside["model"], inside["version"]) == ("acme", "credit", 7)
    assert not {"tenant", "model", "version"} & after.keys()


def test_a_line_carries_the_trace_of_its_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=1")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", uuid.uuid4().hex)
    out = io.StringIO()
    log = telemetry.logger()
    log.registered_handler.stream = out  # type: ignore[attr-defined]  # it is a handler of a stream
    log.info("traced")
    (line,) = lines(out)
    assert line["xray_trace_id"] == "1-5759e988-bd862e3fe1be46a994272793"


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/models/credit/predict", {"model": "credit"}),
        ("/models/credit/versions/2/predict", {"model": "credit"}),
        ("/v2/models/credit", {"model": "credit"}),
        ("/datasets/credit/uploads", {"model": "credit"}),
        (f"/runs/{samples.RUN_ID}", {"run_id": samples.RUN_ID}),
        ("/models", {}),
        ("/v2/health/live", {}),
        ("/keys/0001020304050607", {}),
        ("/models/Jane Doe/predict", {}),
        ("/runs/jane@example.org", {}),
        ("/else/models/credit", {}),
    ],
)
def test_a_path_tells_what_it_is_about_where_that_is_a_name(path: str, keys: dict[str, str]) -> None:
    assert telemetry.of_path(path) == keys


@pytest.mark.parametrize(
    ("key", "keys"),
    [
        ("acme/credit/data.csv", {"tenant": "acme", "model": "credit"}),
        ("acme/Credit Data/data.csv", {"tenant": "acme"}),
        ("acme/data.csv", {"tenant": "acme"}),
        ("jane doe.csv", {}),
        ("jane", {}),
        ("acme/credit/of/jane.csv", {"tenant": "acme", "model": "credit"}),
        ("", {}),
    ],
)
def test_a_landing_key_tells_whose_it_is_where_that_is_a_name(key: str, keys: dict[str, str]) -> None:
    assert telemetry.of_upload(key) == keys
