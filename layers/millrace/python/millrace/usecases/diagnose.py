"""Why a job on a service ended without a result: its own words where it left some, else the service's."""

from __future__ import annotations

from millrace.domain import job_end
from millrace.domain.errors import NotFound
from millrace.domain.job import Ticket
from millrace.domain.job_end import Diagnosis, JobEnd, JobFailure
from millrace.ports import Documents


def diagnose(ticket: Ticket, end: JobEnd, documents: Documents) -> Diagnosis:
    """Read what the job wrote, else understand the service. Raises Corrupt, Unavailable."""
    try:
        left = documents.read(JobFailure, ticket.failure_key)
    except NotFound:
        return job_end.diagnose(end)
    return Diagnosis(left.kind, left.failure)
