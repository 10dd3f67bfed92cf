"""Who may touch captures, and how: tried."""

from __future__ import annotations

import pytest

from tests.e2e.privileges import CAPTURES, TENANT, Call, Calls, Roles, check
from tests.stage import Stage

CAPTURE = f"{TENANT}/probe/captures/2026-11-24T20/probe.jsonl.gz"
OTHERS = [f"{TENANT}/probe/truth/2026-11-24T20/x", f"{TENANT}/probe/sketches/x.json", f"{TENANT}/captures/x"]


@pytest.fixture(scope="module")
def calls(stage: Stage) -> Calls:
    stage.client("s3").put_object(Bucket=stage.outputs[CAPTURES], Key=CAPTURE, Body=b"")
    return Calls(stage)


def send(stage: Stage, queue: str) -> Call:
    """A message that `collect` sets aside."""
    return "sqs", "send_message", {"QueueUrl": stage.outputs[queue], "MessageBody": "a probe"}


def receive(stage: Stage, queue: str) -> Call:
    return "sqs", "receive_message", {"QueueUrl": stage.outputs[queue], "VisibilityTimeout": 0}


def test_predict_records_and_can_t_read_what_it_recorded(stage: Stage, roles: Roles, calls: Calls) -> None:
    allowed = [calls.write(CAPTURES, CAPTURE), send(stage, "CaptureQueueUrl")]
    denied = [
        calls.read(CAPTURES, CAPTURE),
        calls.remove(CAPTURES, CAPTURE),
        receive(stage, "CaptureQueueUrl"),
        send(stage, "CaptureDeadLetterQueueUrl"),
        *(calls.write(CAPTURES, key) for key in OTHERS),
    ]
    check(roles.tell("predict", *allowed, *denied), allowed, denied)


def test_collect_moves_captures_and_touches_nothing_else(stage: Stage, roles: Roles, calls: Calls) -> None:
    allowed = [
        receive(stage, "CaptureQueueUrl"),
        send(stage, "CaptureDeadLetterQueueUrl"),
        calls.get(f"MODEL#{TENANT}#m"),
        calls.write(CAPTURES, CAPTURE),
    ]
    denied = [
        calls.read(CAPTURES, CAPTURE),
        calls.remove(CAPTURES, CAPTURE),
        send(stage, "CaptureQueueUrl"),
        calls.receive(),
        calls.put(f"MODEL#{TENANT}#m"),
        calls.query(f"MODEL#{TENANT}#m"),
        calls.get(f"KEYS#{TENANT}"),
        calls.start(),
        calls.publish("millrace"),
        *(calls.write(CAPTURES, key) for key in OTHERS),
    ]
    check(roles.tell("collect", *allowed, *denied), allowed, denied)


@pytest.mark.parametrize("function", ["ingest", "authorize", "control", "notify"])
def test_nobody_else_comes_near_them(stage: Stage, roles: Roles, calls: Calls, function: str) -> None:
    denied = [
        calls.read(CAPTURES, CAPTURE),
        calls.write(CAPTURES, CAPTURE),
        send(stage, "CaptureQueueUrl"),
        receive(stage, "CaptureQueueUrl"),
    ]
    check(roles.tell(function, *denied), [], denied)
