"""Every sample input of `diagnose`, replayed by its real handler."""

from __future__ import annotations

import io
import json

import pytest

from millrace.domain.job import Ticket
from millrace.domain.job_end import JobFailure
from millrace.domain.run import Failure
from tests.events import EVENTS, load
from tests.functions.place import Context, Handler, Place

TICKET = Ticket("acme", "credit", load("diagnose-batch-timed-out")["run_id"], 1)
ENDS = {
    "batch-no-capacity": ("no_capacity", True),
    "batch-host-lost": ("machine_lost", True),
    "batch-job-failed": ("job_crashed", False),
    "batch-timed-out": ("never_ended", True),
    "sagemaker-no-spot": ("no_capacity", True),
    "sagemaker-crashed": ("job_crashed", False),
}


def test_every_sample_is_replayed() -> None:
    assert {path.stem.removeprefix("diagnose-") for path in EVENTS.glob("diagnose-*.json")} == set(ENDS)


@pytest.mark.parametrize("name", ENDS)
def test_replay(name: str, handler: Handler, place: Place) -> None:
    told = handler(load(f"diagnose-{name}"), Context())
    code, elsewhere = ENDS[name]
    assert (told["Error"], told["elsewhere"]) == ("JobFailed", elsewhere)
    assert json.loads(told["Cause"])["code"] == code


def test_the_jobs_own_words_are_told_and_not_logged(handler: Handler, place: Place, log: io.StringIO) -> None:
    failure = Failure("constant_target", "every row of 'salary' is 3000", "upload other rows", "salary")
    place.documents.write(JobFailure("Rejected", failure), TICKET.failure_key)
    told = handler(load("diagnose-batch-job-failed"), Context())
    assert (told["Error"], told["elsewhere"]) == ("Rejected", False)
    assert json.loads(told["Cause"]) == {
        "error": "Rejected",
        "code": "constant_target",
        "message": "every row of 'salary' is 3000",
        "hint": "upload other rows",
        "field": "salary",
    }
    assert "Rejected" in log.getvalue()
    assert "salary" not in log.getvalue()
