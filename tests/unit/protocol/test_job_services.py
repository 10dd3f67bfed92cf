"""The services' own documents are read for what says how a job ended, and nothing else."""

from __future__ import annotations

import json

import pytest

from millrace.domain.errors import InvalidInput
from millrace.domain.job_end import Diagnosis, JobEnd
from millrace.domain.run import Failure, Outcome, RunState
from millrace.protocol import job_services, states

TICKET = {"tenant": "acme", "dataset": "credit", "run_id": "f" * 32, "attempt": 1}


def read(error: str, cause: object = None) -> JobEnd:
    text = cause if isinstance(cause, str) else json.dumps(cause)
    return job_services.job_end({**TICKET, "error": {"Error": error, "Cause": text}})


def test_batch_says_its_reason_and_the_containers() -> None:
    said = {"Status": "FAILED", "StatusReason": "Essential container", "Container": {"ExitCode": 1, "Reason": "OOM"}}
    assert read("States.TaskFailed", said) == JobEnd("States.TaskFailed", "Essential container; OOM", 1)


def test_a_job_that_never_ran_has_no_exit_code() -> None:
    said = {"StatusReason": "Canceled", "Container": {"Vcpus": 4}}
    assert read("States.TaskFailed", said) == JobEnd("States.TaskFailed", "Canceled", None)


def test_sagemaker_says_its_reason_and_its_second_status() -> None:
    said = {"TrainingJobStatus": "Stopped", "SecondaryStatus": "MaxWaitTimeExceeded", "FailureReason": "x"}
    assert read("States.TaskFailed", said) == JobEnd("States.TaskFailed", "x; MaxWaitTimeExceeded")


@pytest.mark.parametrize("cause", ["", "Error Code: AccessDenied", "[]", '{"Container": "none"}'])
def test_other_words_are_taken_as_they_are(cause: str) -> None:
    assert read("Batch.AWSBatchException", cause) == JobEnd("Batch.AWSBatchException", cause)


@pytest.mark.parametrize("event", [TICKET, {"error": {}}, [], None])
def test_without_an_error_there_is_nothing_to_find_out(event: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        job_services.job_end(event)
    assert refused.value.field == "error"


@pytest.mark.parametrize(("kind", "state"), [("Rejected", RunState.REJECTED), ("JobFailed", RunState.FAILED)])
def test_a_diagnosis_is_read_as_any_caught_error_is(kind: str, state: RunState) -> None:
    failure = Failure("one_class", "the column 'Größe' has one value", "add rows", "Größe")
    told = job_services.told(Diagnosis(kind, failure, elsewhere=False))
    assert told["elsewhere"] is False
    assert states.outcome({**TICKET, "error": told}) == Outcome(state, failure)
