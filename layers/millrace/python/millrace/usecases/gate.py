"""Whether the new model may serve, decided from the job's report alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from millrace.domain.gate import Evidence, judge
from millrace.domain.job import Job, JobResult, Ticket
from millrace.domain.report import Report
from millrace.domain.verdict import Verdict
from millrace.ports import Blobs, Documents


@dataclass(frozen=True, slots=True)
class GatePorts:
    """What the gate needs from outside. `read_report` raises Corrupt for bytes that are not a Report."""

    documents: Documents
    blobs: Blobs
    read_report: Callable[[bytes], Report]


def gate(ticket: Ticket, ports: GatePorts) -> Verdict:
    """Judge the attempt's report by every rule and store the verdict. Raises NotFound, Corrupt."""
    job = ports.documents.read(Job, ticket.job_key)
    result = ports.documents.read(JobResult, ticket.result_key)
    report = ports.read_report(ports.blobs.get(ticket.tenant, result.report_digest))
    champion = job.champion
    verdict = judge(
        Evidence(report, job.spec, champion.version if champion else None, champion is not None and champion.superseded)
    )
    ports.documents.write(verdict, ticket.verdict_key)
    return verdict
