"""An attempt's report as a page that people read: gathered from what the attempt stored, and drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from millrace.domain.errors import NotFound
from millrace.domain.findings import Findings
from millrace.domain.job import JobResult, Ticket
from millrace.domain.manifest import Manifest
from millrace.domain.profile import Profile
from millrace.domain.report import Report
from millrace.domain.verdict import Verdict
from millrace.page.document import render
from millrace.ports import Blobs, Documents

Document = TypeVar("Document")


@dataclass(frozen=True, slots=True)
class DrawPorts:
    """What drawing needs from outside. The readers raise Corrupt for bytes that are not theirs."""

    documents: Documents
    blobs: Blobs
    read_report: Callable[[bytes], Report]
    read_manifest: Callable[[bytes], Manifest]
    read_profile: Callable[[bytes], Profile]


def draw_report(ticket: Ticket, ports: DrawPorts) -> str:
    """The attempt's report as HTML, as far as it has come; what was deleted since is left out.

    Raises NotFound(field="run_id") where the attempt has left no report, Corrupt.
    """
    result = _document(JobResult, ticket.result_key, ports)
    report = _blob(ports.read_report, ticket, result.report_digest if result else None, ports)
    if result is None or report is None:
        raise NotFound(
            f"attempt {ticket.attempt} of run {ticket.run_id} has no report: it trained no model, or that was deleted",
            field="run_id",
            hint=f"see why: millrace runs show {ticket.run_id}",
        )
    findings = Findings(
        ticket,
        report,
        verdict=_document(Verdict, ticket.verdict_key, ports),
        manifest=_blob(ports.read_manifest, ticket, result.manifest_digest, ports),
        profile=_blob(ports.read_profile, ticket, result.profile_digest, ports),
    )
    return render(findings)


def _document(kind: type[Document], key: str, ports: DrawPorts) -> Document | None:
    try:
        return ports.documents.read(kind, key)
    except NotFound:
        return None


def _blob(read: Callable[[bytes], Document], ticket: Ticket, digest: str | None, ports: DrawPorts) -> Document | None:
    try:
        return None if digest is None else read(ports.blobs.get(ticket.tenant, digest))
    except NotFound:
        return None
