"""What the state machine says to functions, and what it makes of their errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from millrace.domain.errors import InvalidInput, Rejected, Unavailable
from millrace.domain.job import Ticket
from millrace.domain.run import Failure, Outcome, RunState
from millrace.protocol import states

TICKET = {"tenant": "acme", "dataset": "credit", "run_id": "f" * 32, "attempt": 2}
REASON = {"code": "no_rows", "message": "the file has no rows", "hint": "add some", "field": "file"}


def failed(error: str, cause: str) -> Outcome:
    return states.outcome({**TICKET, "error": {"Error": error, "Cause": cause}})


def test_a_ticket_is_read_whatever_stands_beside_it() -> None:
    assert states.ticket({**TICKET, "accepted": True}) == Ticket("acme", "credit", "f" * 32, 2)


@pytest.mark.parametrize("name", TICKET)
def test_a_ticket_that_lacks_a_field_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        states.ticket({key: value for key, value in TICKET.items() if key != name})
    assert caught.value.field == name


def test_a_version_is_read_or_missed() -> None:
    assert states.version({**TICKET, "version": 3}) == 3
    with pytest.raises(InvalidInput):
        states.version(TICKET)


def test_success() -> None:
    outcome = states.outcome({**TICKET, "version": 3, "promoted": True})
    assert outcome == Outcome(RunState.SUCCEEDED, version=3, promoted=True)


def test_a_functions_rejection() -> None:
    error = Rejected("the file has no rows", code="no_rows", hint="add some", field="file")
    answer = {"errorMessage": states.failure_text(error), "errorType": "Rejected", "stackTrace": []}
    assert failed("Rejected", json.dumps(answer)) == Outcome(RunState.REJECTED, Failure(**REASON))


def test_a_rejection_is_known_where_the_cloud_forgets_the_class() -> None:
    """The embedded cloud calls every error of a function Runtime.HandlerError."""
    text = states.failure_text(Rejected("the file has no rows", code="no_rows", hint="add some", field="file"))
    answer = json.dumps({"errorMessage": text, "errorType": "Runtime.HandlerError"})
    assert failed("Runtime.HandlerError", answer) == Outcome(RunState.REJECTED, Failure(**REASON))


def test_a_jobs_rejection() -> None:
    assert failed("Rejected", json.dumps(REASON)) == Outcome(RunState.REJECTED, Failure(**REASON))


def test_a_jobs_failure() -> None:
    assert failed("JobFailed", json.dumps(REASON)) == Outcome(RunState.FAILED, Failure(**REASON))


def test_another_error_of_ours_is_a_failure_with_its_code() -> None:
    text = states.failure_text(Unavailable("the table does not answer"))
    outcome = failed("Unavailable", json.dumps({"errorMessage": text, "errorType": "Unavailable"}))
    assert outcome == Outcome(RunState.FAILED, Failure("unavailable", "the table does not answer"))


@pytest.mark.parametrize("error", states.FAILURES)
def test_the_clouds_own_errors_are_told_in_words(error: str) -> None:
    outcome = failed(error, "")
    assert outcome.state is RunState.FAILED
    assert outcome.failure == states.FAILURES[error]
    assert outcome.failure.hint


@pytest.mark.parametrize(
    "cause",
    ["", "{", "null", "[]", "3", json.dumps({"errorMessage": "'tenant'", "errorType": "KeyError"}), '{"code": 1}'],
)
def test_a_cause_that_is_not_ours_is_internal_and_not_repeated(cause: str) -> None:
    failure = failed("KeyError", cause).failure
    assert failure == Failure("internal", "a step broke: KeyError", "see: millrace logs")


def test_a_cause_can_be_absent() -> None:
    assert states.outcome({**TICKET, "error": {"Error": "States.Runtime"}}).failure == Failure(
        "internal", "a part of the cloud failed: States.Runtime", "see: millrace logs"
    )


@pytest.mark.parametrize("event", [None, [], "x", {**TICKET, "error": {}}, {**TICKET, "attempt": "many"}])
def test_other_inputs_are_refused(event: Any) -> None:
    with pytest.raises(InvalidInput):
        states.outcome(event)


def test_the_class_of_an_error_is_found_in_its_cause() -> None:
    text = states.failure_text(Rejected("no", code="no_rows"))
    assert states.error_class("Runtime.HandlerError", json.dumps({"errorMessage": text})) == "Rejected"
    assert states.error_class("States.Timeout", "") == "States.Timeout"
    assert states.error_class("JobFailed", '{"code": "x", "message": "y"}') == "JobFailed"
