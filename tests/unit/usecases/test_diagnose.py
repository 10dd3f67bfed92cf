"""A job's own words come before the service's."""

from __future__ import annotations

import pytest

from millrace.domain.errors import Corrupt
from millrace.domain.job_end import Diagnosis, JobEnd, JobFailure
from millrace.domain.run import Failure
from millrace.usecases.diagnose import diagnose
from tests import samples
from tests.fakes.document_store import FakeDocuments

LOST = JobEnd("States.TaskFailed", "Host EC2 (instance i-1) terminated.")


def test_what_the_job_wrote_counts_and_is_never_tried_elsewhere() -> None:
    documents, failure = FakeDocuments(), Failure("rare_class", "a class has one row", "add rows", "class")
    documents.write(JobFailure("Rejected", failure), samples.TICKET.failure_key)
    assert diagnose(samples.TICKET, LOST, documents) == Diagnosis("Rejected", failure, elsewhere=False)


def test_a_job_that_wrote_nothing_is_told_of_by_the_service() -> None:
    found = diagnose(samples.TICKET, LOST, FakeDocuments())
    assert (found.failure.code, found.elsewhere) == ("machine_lost", True)


def test_a_document_that_cant_be_read_is_no_reason_to_guess() -> None:
    documents = FakeDocuments()
    documents.held[samples.TICKET.failure_key] = b"{"
    with pytest.raises(Corrupt):
        diagnose(samples.TICKET, LOST, documents)
