"""An execution's history as it is read, of machines that pass, wait, catch and fail."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from millrace.adapters.history import Happening, StepFunctionsHistory, What
from millrace.adapters.session import Clients

ONE = {"Type": "Pass", "Next": "Two"}
Machine = Callable[[Mapping[str, Any]], str]


@pytest.fixture
def machine(clients: Clients, machine_role: str) -> Iterator[Machine]:
    """Makes a state machine that begins at One, and gives its address."""
    made: list[str] = []

    def make(states: Mapping[str, Any]) -> str:
        answer = clients.stepfunctions().create_state_machine(
            name=f"history-{uuid.uuid4().hex[:8]}",
            definition=json.dumps({"StartAt": "One", "States": states}),
            roleArn=machine_role,
        )
        made.append(answer["stateMachineArn"])
        return made[-1]

    yield make
    for arn in made:
        clients.stepfunctions().delete_state_machine(stateMachineArn=arn)


def finished(clients: Clients, arn: str) -> tuple[Happening, ...]:
    clients.stepfunctions().start_execution(stateMachineArn=arn, name="it", input="{}")
    history = StepFunctionsHistory(clients.stepfunctions(), arn)
    deadline = time.monotonic() + 20
    while not ((happened := history.of("it")) and happened[-1].is_last):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return happened


def test_states_are_told_in_their_order(clients: Clients, machine: Machine) -> None:
    happened = finished(clients, machine({"One": ONE, "Two": {"Type": "Succeed"}}))
    assert [(each.what, each.state) for each in happened] == [
        (What.ENTERED, "One"),
        (What.LEFT, "One"),
        (What.ENTERED, "Two"),
        (What.LEFT, "Two"),
        (What.SUCCEEDED, ""),
    ]
    assert [each.at for each in happened] == sorted(each.at for each in happened)


def test_a_failure_is_told_with_its_code(clients: Clients, machine: Machine) -> None:
    failing = {"Type": "Fail", "Error": "Rejected", "Cause": "because"}
    happened = finished(clients, machine({"One": ONE, "Two": failing}))
    assert happened[-1].what is What.FAILED
    assert happened[-1].error == "Rejected"
    assert (What.ENTERED, "Two") in {(each.what, each.state) for each in happened}


def test_a_caught_trouble_is_told_with_its_state(clients: Clients, machine: Machine) -> None:
    broken = {
        "Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:000000000000:function:no-such-function",
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Two"}],
        "End": True,
    }
    happened = finished(clients, machine({"One": broken, "Two": {"Type": "Succeed"}}))
    [trouble] = [each for each in happened if each.what is What.TROUBLE]
    assert trouble.state == "One"
    assert trouble.error
    assert [each.state for each in happened if each.what is What.LEFT] == ["Two"]
    assert happened[-1].what is What.SUCCEEDED


def test_an_execution_that_never_was_has_no_history(clients: Clients, machine: Machine) -> None:
    arn = machine({"One": {"Type": "Succeed"}})
    assert StepFunctionsHistory(clients.stepfunctions(), arn).of("nothing") == ()
