from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from millrace.adapters.session import Clients
from millrace.adapters.task_reporter import StepFunctionsTaskReporter
from millrace.domain.errors import NotFound
from millrace.ports import TaskReporter
from tests.contracts.conftest import unique
from tests.fakes.task_reporter import FakeTaskReporter

CAUSE = '{"code":"no_target","message":"größe"}'


@dataclass(frozen=True)
class Place:
    """A reporter, a token that waits for its answer, and what came of the task: output, or error and cause."""

    reporter: TaskReporter
    token: str
    end: Callable[[], Any]


@pytest.fixture(params=["fake", "aws"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "fake":
        fake = FakeTaskReporter("token")
        return Place(fake, "token", lambda: fake.succeeded.get("token") or fake.failed.get("token"))
    clients, role = request.getfixturevalue("clients"), request.getfixturevalue("machine_role")
    execution, token = _begin(clients, request.getfixturevalue("queue"), role)

    def end() -> Any:
        while (found := clients.stepfunctions().describe_execution(executionArn=execution))["status"] == "RUNNING":
            time.sleep(0.05)
        return json.loads(found["output"]) if found["status"] == "SUCCEEDED" else (found["error"], found["cause"])

    return Place(StepFunctionsTaskReporter(clients.stepfunctions()), token, end)


def _begin(clients: Clients, queue: str, role: str) -> tuple[str, str]:
    """Start an execution that waits for a token; its ARN and the token."""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}},
        "End": True,
    }
    definition = json.dumps({"StartAt": "Train", "States": {"Train": task}})
    client = clients.stepfunctions()
    machine = client.create_state_machine(name=unique("train"), definition=definition, roleArn=role)
    execution = client.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
    message = clients.sqs().receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"][0]
    clients.sqs().delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return execution, json.loads(message["Body"])["token"]


def test_a_success_ends_the_task_with_its_output(place: Place) -> None:
    place.reporter.heartbeat(place.token)
    place.reporter.succeed(place.token, {"result": "s3://bucket/größe"})
    assert place.end() == {"result": "s3://bucket/größe"}


def test_a_failure_ends_the_task_with_error_and_cause(place: Place) -> None:
    place.reporter.fail(place.token, "Rejected", CAUSE)
    assert place.end() == ("Rejected", CAUSE)


@pytest.mark.parametrize(
    "answer",
    [
        lambda reporter, token: reporter.heartbeat(token),
        lambda reporter, token: reporter.succeed(token, {}),
        lambda reporter, token: reporter.fail(token, "Rejected", CAUSE),
    ],
    ids=["heartbeat", "succeed", "fail"],
)
def test_an_unknown_or_answered_token_is_not_found(place: Place, answer: Callable[[TaskReporter, str], None]) -> None:
    with pytest.raises(NotFound):
        answer(place.reporter, "never given")
    place.reporter.succeed(place.token, {"first": True})
    assert place.end() == {"first": True}
    with pytest.raises(NotFound):
        answer(place.reporter, place.token)
