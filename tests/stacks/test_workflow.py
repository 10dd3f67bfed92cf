"""The state machine's definition, read as a table: what each state calls, with what, and where its errors go."""

from __future__ import annotations

import json
from typing import Any

import pytest

from millrace.domain.job import BACKENDS
from tests.stacks.conftest import CONTEXT
from tests.stacks.templates import Templates

TICKET = {f"{name}.$": f"$.{name}" for name in ("tenant", "dataset", "run_id", "attempt")}
VERSION: dict[str, object] = {"version.$": "$.registered.version"}
CALLS: dict[str, tuple[str, dict[str, object], str | None]] = {  # state: function, what beside the ticket, result
    "Admit": ("admit", {}, "$.admitted"),
    "Gate": ("gate", {}, "$.gate"),
    "Register": ("register", {}, "$.registered"),
    "Deploy": ("deploy", VERSION, "$.deployed"),
    "Notify of a deployed model": ("notify", VERSION | {"promoted.$": "$.deployed.promoted"}, None),
    "Notify of a kept model": ("notify", VERSION | {"promoted": False}, None),
    "Notify of a failure": ("notify", {"error.$": "$.error"}, None),
}
LAMBDA_ERRORS = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.TooManyRequestsException",
    "Unavailable",
}
States = dict[str, dict[str, Any]]


def states(templates: Templates) -> States:
    machine = templates.one("StepFunctions::StateMachine")
    definition = json.loads(templates.text(machine.part, machine.properties["DefinitionString"]))
    assert definition["StartAt"] == "Admit"
    return dict(definition["States"])


@pytest.mark.parametrize("title", sorted(CALLS))
def test_a_state_calls_its_function_with_the_ticket(templates: Templates, title: str) -> None:
    function, extra, result = CALLS[title]
    state = states(templates)[title]
    assert state["Resource"] == f"<{function}:live>"
    assert state["Parameters"] == TICKET | extra
    assert state["ResultPath"] == result


def test_every_task_is_in_these_tables(templates: Templates) -> None:
    tasks = {title for title, state in states(templates).items() if state["Type"] == "Task"}
    assert tasks == {*CALLS, "Train on a worker"}


def test_every_task_tries_transient_errors_again_at_random(templates: Templates) -> None:
    for title, state in states(templates).items():
        if state["Type"] != "Task":
            continue
        (retry,) = state["Retry"]
        errors = set(retry.pop("ErrorEquals"))
        assert errors == (LAMBDA_ERRORS if title in CALLS else {"SQS.AmazonSQSException", "SQS.SdkClientException"})
        assert retry == {
            "IntervalSeconds": 1,
            "BackoffRate": 2,
            "MaxAttempts": 6,
            "MaxDelaySeconds": 30,
            "JitterStrategy": "FULL",
        }


def test_every_failure_is_told_and_then_fails_the_execution(templates: Templates) -> None:
    found = states(templates)
    for title, state in found.items():
        if state["Type"] != "Task":
            continue
        (catch,) = state["Catch"]
        assert catch["ErrorEquals"] == ["States.ALL"]
        told = title == "Notify of a failure"
        assert catch["Next"] == ("Failed" if told else "Notify of a failure")
        assert catch["ResultPath"] == (None if told else "$.error")  # the first reason counts
    assert found["Notify of a failure"]["Next"] == "Failed"
    assert found["Failed"] == {"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"}


def test_every_backend_of_the_domain_has_a_state_and_no_other(templates: Templates) -> None:
    choice = states(templates)["Where does it run?"]
    rows = {each["StringEquals"]: (each["Variable"], each["Next"]) for each in choice["Choices"]}
    assert set(rows) == set(BACKENDS)
    assert rows["worker"] == ("$.admitted.backend", "Train on a worker")


def test_an_unknown_backend_is_the_owners_to_mend(templates: Templates) -> None:
    found = states(templates)
    unknown = found[found["Where does it run?"]["Default"]]
    assert unknown["ResultPath"] == "$.error"
    assert unknown["Next"] == "Notify of a failure"
    assert unknown["Result"]["Error"] == "Rejected"
    failure = json.loads(unknown["Result"]["Cause"])
    assert failure.keys() == {"code", "message", "hint", "field"}
    assert failure["code"] == "unknown_backend"
    assert all(backend in failure["hint"] for backend in BACKENDS)


def test_the_workers_message_is_an_address_and_a_token(templates: Templates) -> None:
    train = states(templates)["Train on a worker"]
    assert train["Resource"].endswith(":states:::sqs:sendMessage.waitForTaskToken")
    body = train["Parameters"]["MessageBody"]
    assert body == {"job_uri.$": "$.admitted.job_uri", "token.$": "$$.Task.Token"}
    assert templates.text("training", train["Parameters"]["QueueUrl"]) == "<JobQueueUrl>"
    assert train["ResultPath"] is None


def test_a_lost_worker_is_replaced_before_the_job_is_given_up(templates: Templates) -> None:
    train = states(templates)["Train on a worker"]
    stage = CONTEXT["stages"][templates.stage]
    assert train["HeartbeatSeconds"] > 2 * stage.get("worker_visibility_seconds", 120)
    assert train["TimeoutSeconds"] > train["HeartbeatSeconds"]
    assert train["TimeoutSeconds"] == 60 * stage.get("job_timeout_minutes", 600)


def test_only_an_accepted_model_is_deployed(templates: Templates) -> None:
    found = states(templates)
    judged = found["May it serve?"]
    assert judged["Choices"] == [{"Variable": "$.gate.accepted", "BooleanEquals": True, "Next": "Deploy"}]
    assert judged["Default"] == "Notify of a kept model"
    assert found["Train on a worker"]["Next"] == "Gate"
    assert found["Gate"]["Next"] == "Register"  # what passed parity is kept, whether it may serve or not
    assert found["Register"]["Next"] == "May it serve?"
    assert found["Deploy"]["Next"] == "Notify of a deployed model"
    assert found["Notify of a deployed model"]["Next"] == found["Notify of a kept model"]["Next"] == "Done"


def test_the_machine_is_traced_and_logs_every_event_without_its_data(templates: Templates) -> None:
    machine = templates.one("StepFunctions::StateMachine").properties
    assert machine.get("StateMachineType", "STANDARD") == "STANDARD"
    assert machine["TracingConfiguration"] == {"Enabled": True}
    logging = machine["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == (
        "ALL",
        False,
    )  # the data holds live task tokens, and messages that quote columns
    (destination,) = logging["Destinations"]
    group = destination["CloudWatchLogsLogGroup"]["LogGroupArn"]
    assert templates.text("training", group) == f"</millrace/{templates.stage}/train.Arn>"


def test_the_execution_has_no_timeout_that_nobody_would_be_told_of(templates: Templates) -> None:
    machine = templates.one("StepFunctions::StateMachine")
    definition = json.loads(templates.text(machine.part, machine.properties["DefinitionString"]))
    assert "TimeoutSeconds" not in definition
