"""An attempt whose job is done: what the later states find in the artifact bucket."""

from __future__ import annotations

from dataclasses import replace

from millrace.adapters.documents import dump
from millrace.domain.job import JobResult, Ticket
from millrace.domain.report import Report
from tests import samples
from tests.events import load
from tests.functions.place import Place

MODEL = b"onnx"
TICKET = Ticket("acme", "credit", load("gate-ticket")["run_id"], 1)


def trained(place: Place, report: Report | None = None) -> JobResult:
    """Write what `admit` and a worker leave behind."""
    lineage = replace(samples.manifest().lineage, run_id=TICKET.run_id)
    result = JobResult(
        model_digest=place.blobs.put("acme", MODEL),
        manifest_digest=place.blobs.put("acme", dump(samples.manifest(MODEL, lineage=lineage))),
        report_digest=place.blobs.put("acme", dump(report or samples.report())),
        profile_digest="d" * 64,
        baseline_digest="e" * 64,
    )
    place.documents.write(samples.job(run_id=TICKET.run_id), TICKET.job_key)
    place.documents.write(result, TICKET.result_key)
    return result
