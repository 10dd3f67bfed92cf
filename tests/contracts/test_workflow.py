from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from millrace.adapters.session import Clients
from millrace.adapters.workflow import StepFunctionsWorkflow
from millrace.domain.errors import NotFound, TooLarge
from millrace.ports import Workflow
from tests.contracts.conftest import unique
from tests.contracts.racing import race
from tests.fakes.workflow import FakeWorkflow

LIMIT = 256 * 1024
OVERHEAD = len(json.dumps({"run_id": ""}, separators=(",", ":")))


@dataclass(frozen=True)
class Place:
    """A workflow, and what was started in it: payload by name."""

    workflow: Workflow
    started: Callable[[], Mapping[str, Any]]


@pytest.fixture(params=["fake", "aws"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "fake":
        fake = FakeWorkflow()
        return Place(fake, lambda: fake.started)
    client = request.getfixturevalue("clients").stepfunctions()
    definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Pass", "End": True}}}
    arn = client.create_state_machine(
        name=unique("train"), definition=json.dumps(definition), roleArn=request.getfixturevalue("machine_role")
    )["stateMachineArn"]

    def started() -> Mapping[str, Any]:
        found = client.list_executions(stateMachineArn=arn)["executions"]
        inputs = {each["name"]: client.describe_execution(executionArn=each["executionArn"])["input"] for each in found}
        return {name: json.loads(text) for name, text in inputs.items()}

    return Place(StepFunctionsWorkflow(client, arn), started)


def test_an_execution_starts_with_its_payload(place: Place) -> None:
    place.workflow.start("run-1", {"tenant": "größe", "attempt": 1})
    assert place.started() == {"run-1": {"tenant": "größe", "attempt": 1}}


def test_starting_again_does_nothing(place: Place) -> None:
    place.workflow.start("run-1", {"attempt": 1})
    place.workflow.start("run-1", {"attempt": 1})
    place.workflow.start("run-1", {"attempt": 2})
    assert place.started() == {"run-1": {"attempt": 1}}


def test_starting_twelve_times_at_once_starts_one(place: Place) -> None:
    race(12, lambda _: place.workflow.start("run-1", {"attempt": 1}))
    assert place.started() == {"run-1": {"attempt": 1}}


def test_names_are_apart(place: Place) -> None:
    for number in (1, 2):
        place.workflow.start(f"run-{number}", {"attempt": number})
    assert place.started() == {"run-1": {"attempt": 1}, "run-2": {"attempt": 2}}


def test_an_input_beyond_the_bound_is_refused_and_one_at_it_is_not(place: Place) -> None:
    place.workflow.start("fits", {"run_id": "é" * ((LIMIT - OVERHEAD) // 2)})
    with pytest.raises(TooLarge):
        place.workflow.start("does-not", {"run_id": "é" * ((LIMIT - OVERHEAD) // 2 + 1)})
    assert list(place.started()) == ["fits"]


def test_an_absent_state_machine_is_not_found(clients: Clients) -> None:
    arn = "arn:aws:states:us-east-1:000000000000:stateMachine:absent"
    with pytest.raises(NotFound):
        StepFunctionsWorkflow(clients.stepfunctions(), arn).start("run-1", {})


@pytest.fixture(params=["fake", "aws"])
def waiting(request: pytest.FixtureRequest) -> Workflow:
    """A workflow whose executions wait for long."""
    if request.param == "fake":
        return FakeWorkflow()
    client = request.getfixturevalue("clients").stepfunctions()
    definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 300, "End": True}}}
    arn = client.create_state_machine(
        name=unique("wait"), definition=json.dumps(definition), roleArn=request.getfixturevalue("machine_role")
    )["stateMachineArn"]
    return StepFunctionsWorkflow(client, arn)


def test_an_execution_s_status_is_told(waiting: Workflow) -> None:
    assert waiting.status("it") is None
    waiting.start("it", {})
    assert waiting.status("it") == "RUNNING"


def test_an_execution_is_stopped_at_once_and_for_good(waiting: Workflow) -> None:
    waiting.start("it", {})
    waiting.stop("it", "the run was cancelled")
    assert waiting.status("it") == "ABORTED"
    waiting.stop("it", "again")
    waiting.start("it", {})
    assert waiting.status("it") == "ABORTED"


def test_what_is_not_there_needs_no_stop(waiting: Workflow) -> None:
    waiting.stop("nothing", "why not")
    assert waiting.status("nothing") is None


def test_a_stop_that_comes_after_the_end_does_nothing(clients: Clients, machine_role: str) -> None:
    """The end may come between a look and the stop, which clouds then refuse in different words."""
    client = clients.stepfunctions()
    definition = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    arn = client.create_state_machine(name=unique("done"), definition=json.dumps(definition), roleArn=machine_role)
    workflow = StepFunctionsWorkflow(client, arn["stateMachineArn"])
    workflow.start("it", {})

    class Late(StepFunctionsWorkflow):
        looks = 0

        def status(self, name: str) -> str | None:
            self.looks += 1
            while (found := super().status(name)) == "RUNNING":
                time.sleep(0.02)
            return "RUNNING" if self.looks == 1 else found

    Late(client, arn["stateMachineArn"]).stop("it", "too late")
    assert workflow.status("it") == "SUCCEEDED"
