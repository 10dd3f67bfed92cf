"""The state machine's definition, read as a table: what each state calls, with what, and where its errors go."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from millrace.domain.job import BACKENDS
from stacks import stage
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
BATCH_ERRORS = {"Batch.ServerException", "Batch.AWSBatchException", "Batch.SdkClientException"}
SAGEMAKER_ERRORS = {"SageMaker.AmazonSageMakerException", "SageMaker.SdkClientException"}
JOBS = {  # state: its backend, and what it tries again; never that a job failed, which the backend itself judges
    "Train on a worker": ("worker", {"SQS.AmazonSQSException", "SQS.SdkClientException"}),
    "Train on Batch, Spot": ("batch", BATCH_ERRORS),
    "Train on Batch": ("batch", BATCH_ERRORS),
    "Train on SageMaker, Spot": ("sagemaker", SAGEMAKER_ERRORS),
    "Train on SageMaker": ("sagemaker", SAGEMAKER_ERRORS),
}
States = dict[str, dict[str, Any]]


def states(templates: Templates) -> States:
    assert templates.definition["StartAt"] == "Admit"
    return templates.states


@pytest.mark.parametrize("title", sorted(CALLS))
def test_a_state_calls_its_function_with_the_ticket(templates: Templates, title: str) -> None:
    function, extra, result = CALLS[title]
    state = states(templates)[title]
    assert state["Resource"] == f"<{function}:live>"
    assert state["Parameters"] == TICKET | extra
    assert state["ResultPath"] == result


def jobs(templates: Templates) -> set[str]:
    """The stage's states that run a job."""
    spot = CONTEXT["stages"][templates.stage].get("job_spot", True)
    return {title for title in JOBS if JOBS[title][0] in templates.backends and (spot or not title.endswith("Spot"))}


def silent(templates: Templates) -> set[str]:
    """Those whose error doesn't say why the job failed."""
    return jobs(templates) - {"Train on a worker"}


def test_every_task_is_in_these_tables(templates: Templates) -> None:
    tasks = {title for title, state in states(templates).items() if state["Type"] == "Task"}
    assert tasks == {*CALLS, *jobs(templates), *(f"{title}: why not?" for title in silent(templates))}


def test_every_task_tries_transient_errors_again_at_random(templates: Templates) -> None:
    for title, state in templates.every_state.items():
        if state["Type"] != "Task":
            continue
        (retry,) = state["Retry"]
        job = title.replace("Search", "Train")  # a part's is the job's
        assert set(retry["ErrorEquals"]) == (JOBS[job][1] if job in JOBS else LAMBDA_ERRORS)
        assert {key: retry[key] for key in retry if key != "ErrorEquals"} == {
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
        told, why = title == "Notify of a failure", f"{title}: why not?"
        after = why if title in silent(templates) else "Failed" if told else "Notify of a failure"
        assert catch["Next"] == after
        first = told or title.endswith("why not?")  # the first reason counts
        assert catch["ResultPath"] == (None if first else "$.error")
    assert found["Notify of a failure"]["Next"] == "Failed"
    assert found["Failed"] == {"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "$.error.Cause"}


def test_every_backend_of_the_stage_has_a_state_and_no_other(templates: Templates) -> None:
    choices = [each for each in states(templates)["Where does it run?"]["Choices"] if "StringEquals" in each]
    rows = {each["StringEquals"]: each["Next"] for each in choices}
    assert {each["Variable"] for each in choices} == {"$.admitted.backend"}
    assert list(rows) == CONTEXT["stages"][templates.stage].get("backends", ["worker"])
    assert all(JOBS[title][0] == backend for backend, title in rows.items())
    assert all(title in jobs(templates) for title in rows.values())


def test_a_refused_upload_is_told_before_a_backend_is_looked_for(templates: Templates) -> None:
    found = states(templates)
    first = found["Where does it run?"]["Choices"][0]
    assert first == {"Variable": "$.admitted.Error", "IsPresent": True, "Next": "Refused"}
    assert found["Refused"] == {
        "Type": "Pass",
        "InputPath": "$.admitted",
        "ResultPath": "$.error",
        "Next": "Notify of a failure",
    }


def test_the_backends_of_the_domain_are_those_of_stages() -> None:
    assert BACKENDS == stage.BACKENDS
    assert {backend for backend, _ in JOBS.values()} == set(BACKENDS)


def test_an_unknown_backend_is_the_owners_to_mend(templates: Templates) -> None:
    found = states(templates)
    unknown = found[found["Where does it run?"]["Default"]]
    assert unknown["ResultPath"] == "$.error"
    assert unknown["Next"] == "Notify of a failure"
    assert unknown["Result"]["Error"] == "Rejected"
    failure = json.loads(unknown["Result"]["Cause"])
    assert failure.keys() == {"code", "message", "hint", "field"}
    assert failure["code"] == "unknown_backend"
    assert failure["hint"] == f"it has: {', '.join(templates.backends)}"


def test_the_workers_message_is_an_address_and_a_token(synthesized: Callable[[str], Templates]) -> None:
    templates = synthesized("clouds")
    train = states(templates)["Train on a worker"]
    assert train["Resource"].endswith(":states:::sqs:sendMessage.waitForTaskToken")
    body = train["Parameters"]["MessageBody"]
    assert body == {"job_uri.$": "$.admitted.job_uri", "token.$": "$$.Task.Token"}
    assert templates.text("training", train["Parameters"]["QueueUrl"]) == "<JobQueueUrl>"
    assert train["ResultPath"] is None


def test_a_lost_worker_is_replaced_before_the_job_is_given_up(templates: Templates) -> None:
    train = states(templates)["Train on a worker"]
    config = CONTEXT["stages"][templates.stage]
    assert train["HeartbeatSeconds"] > 2 * config.get("worker_visibility_seconds", 120)
    assert train["TimeoutSeconds"] > train["HeartbeatSeconds"]
    assert train["TimeoutSeconds"] == 60 * config.get("job_timeout_minutes", 600)


def test_only_an_accepted_model_is_deployed(templates: Templates) -> None:
    found = states(templates)
    judged = found["May it serve?"]
    assert judged["Choices"] == [{"Variable": "$.gate.accepted", "BooleanEquals": True, "Next": "Deploy"}]
    assert judged["Default"] == "Notify of a kept model"
    assert {found[title]["Next"] for title in jobs(templates)} == {"Gate"}
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
    assert "TimeoutSeconds" not in templates.definition
