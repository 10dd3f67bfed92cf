"""What was answered is found in the capture bucket, whatever becomes of the process that answered."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from millrace.domain import inference_id
from millrace.domain.capture import Partition
from tests import tiny
from tests.conftest import ROOT
from tests.e2e.captured import Captured
from tests.e2e.test_serving_clients import Tenant, infer, tenant_of
from tests.events import AUTHORIZED, proxy
from tests.stage import Stage

PROGRAM = """
import importlib.util, json, sys, time
spec = importlib.util.spec_from_file_location("predict_handler", "functions/predict/handler.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
for line in sys.stdin:
    answer = module.handler(json.loads(line), None)
    print("ANSWER", json.dumps(answer), flush=True)
time.sleep(3600)
"""
PROCESSES, CALLS, ROWS = 4, 3, 5


@pytest.fixture
def tenant(stage: Stage) -> Tenant:
    """A tenant with a model that serves."""
    made = tenant_of(stage)
    made.shelf.register(tiny.REGRESSES)
    made.shelf.point(1)
    return made


@pytest.fixture
def environment(stage: Stage) -> dict[str, str]:
    """That of the deployed function."""
    pages = stage.client("lambda").get_paginator("list_functions").paginate()
    # Other tests' functions may have no environment at all.
    variables = [each.get("Environment", {}).get("Variables", {}) for page in pages for each in page["Functions"]]
    (own,) = [each for each in variables if each.get("POWERTOOLS_SERVICE_NAME") == "predict"]
    return {**stage.cloud.over(os.environ), **own}


def test_predictions_over_https_are_json_lines_under_tenant_model_and_hour(tenant: Tenant, stage: Stage) -> None:
    with tenant.client() as client:
        one = client.post("/models/credit/predict", json={"rows": [tiny.ROW]}).json()
        many = client.post("/models/credit/versions/1/predict", json={"rows": [tiny.ROW] * 3}).json()
        tensors = client.post("/v2/models/credit/infer", json=infer()).json()
        assert client.post("/models/credit/predict", json={"rows": [{"no": 1}]}).status_code == 400
    ids = {one["id"], *(f"{many['id']}.{row}" for row in range(3)), tensors["parameters"]["inference_id"]}
    found = Captured(stage, tenant.name, "credit").wait(ids)
    assert {line.inference_id for lines in found.values() for line in lines} == ids
    for key, lines in found.items():
        (hour,) = {inference_id.hour_of(line.inference_id) for line in lines}
        assert key.startswith(Partition(tenant.name, "credit", hour).captures)
        for line in lines:
            assert (line.inputs, line.outputs, line.version) == (tiny.ROW, one["predictions"][0], 1)


def test_what_no_message_takes_is_an_object_of_its_own_at_once(tenant: Tenant, stage: Stage) -> None:
    with tenant.client() as client:
        said = client.post("/models/credit/predict", json={"rows": [tiny.ROW] * 10_000}).json()
    (lines,) = Captured(stage, tenant.name, "credit").objects().values()  # no waiting: it was there before the answer
    assert [line.inference_id for line in lines] == [f"{said['id']}.{row}" for row in range(10_000)]


def answered(process: subprocess.Popen[str], event: Any) -> Any:
    """What the function says to one event."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(event) + "\n")
    process.stdin.flush()
    for line in process.stdout:  # beside its log
        if line.startswith("ANSWER "):
            return json.loads(line.removeprefix("ANSWER "))
    raise AssertionError("the function died without an answer")


def killed(tenant: Tenant, environment: dict[str, str]) -> Iterator[str]:
    """The ids of some calls' rows, of which the last was the end of the process that answered it."""
    command = [sys.executable, "-c", PROGRAM]
    event = proxy(
        "POST",
        "/models/credit/predict",
        {"rows": [tiny.ROW] * ROWS},
        authorizer=AUTHORIZED | {"tenant": tenant.name},
    )
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            for _ in range(CALLS):
                answer = answered(process, event)
                assert answer["statusCode"] == 200, answer
                call = json.loads(answer["body"])["id"]
                yield from (f"{call}.{row}" for row in range(ROWS))
        finally:
            process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


def test_nothing_answered_is_lost_when_the_function_is_killed_at_once(
    tenant: Tenant, stage: Stage, environment: dict[str, str]
) -> None:
    ids: list[str] = []
    for _ in range(PROCESSES):
        ids += killed(tenant, environment)
    assert len(set(ids)) == PROCESSES * CALLS * ROWS
    found = Captured(stage, tenant.name, "credit").wait(ids)
    assert {line.inference_id for lines in found.values() for line in lines} == set(ids)
    for lines in found.values():
        assert max(Counter(line.inference_id for line in lines).values()) == 1


def test_what_is_no_capture_does_not_stop_the_others(tenant: Tenant, stage: Stage) -> None:
    sqs, dead = stage.client("sqs"), stage.outputs["CaptureDeadLetterQueueUrl"]
    nonsense = f"nonsense of {tenant.name}"
    sqs.send_message(QueueUrl=stage.outputs["CaptureQueueUrl"], MessageBody=nonsense)
    with tenant.client() as client:
        said = client.post("/models/credit/predict", json={"rows": [tiny.ROW]}).json()
    Captured(stage, tenant.name, "credit").wait({said["id"]})
    kept: set[str] = set()
    while nonsense not in kept:  # pytest's timeout bounds it
        got = sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        kept |= {message["Body"] for message in got}
        for message in got:  # so that no other test finds it
            sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
