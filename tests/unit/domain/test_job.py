"""Where a job's documents lie; IAM's grants name these keys."""

from __future__ import annotations

from millrace.domain import job
from tests import samples


def test_documents_lie_with_their_attempt() -> None:
    prefix = f"acme/runs/{samples.RUN_ID}/1"
    ticket = samples.TICKET
    assert (ticket.job_key, ticket.result_key, ticket.failure_key, ticket.verdict_key) == (
        f"{prefix}/job.json",
        f"{prefix}/result.json",
        f"{prefix}/failure.json",
        f"{prefix}/verdict.json",
    )


def test_a_job_agrees_with_its_ticket() -> None:
    written = samples.job()
    assert written.ticket == samples.TICKET
    assert (written.prefix, written.key) == (samples.TICKET.prefix, samples.TICKET.job_key)
    assert written.result_key == samples.TICKET.result_key


def test_blobs_lie_by_content() -> None:
    assert job.blob_key("acme", "d" * 64) == f"acme/blobs/{'d' * 64}"


def test_a_part_has_its_documents_within_the_attempt_s() -> None:
    part = samples.job(part=job.Part(2, 3))
    prefix = f"acme/runs/{samples.RUN_ID}/1/parts/2"
    assert (part.key, part.result_key) == (f"{prefix}/job.json", f"{prefix}/result.json")
    assert part.prefix == job.part_prefix(samples.TICKET, 2) == prefix
    assert part.ticket == samples.TICKET
