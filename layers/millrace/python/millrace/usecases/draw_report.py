"""An attempt's report as a page that people read: gathered from what the attempt stored, and drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from millrace.domain.errors import NotFound
from millrace.domain.findings import Findings
from millrace.domain.job import JobResult, Ticket
from millrace.domain.manifest import Manifest
from millrace.domain.profile import Profile
from millrace.domain.report import Report
from millrace.domain.verdict import Verdict
from millrace.page.document import render
from millrace.ports import Blobs, Documents


@dataclass(frozen=True, slots=True)
class DrawPorts:
    """What drawing needs from outside. The readers raise Corrupt for bytes that are not theirs."""

    documents: Documents
    blobs: Blobs
    read_report: Callable[[bytes], Report]
    read_manifest: Callable[[bytes], Manifest]
    read_profile: Callable[[bytes], Profile]


def draw_report(ticket: Ticket, ports: DrawPorts) -> str:
    """The attempt's report as HTML, as far as it has come.

    Raises NotFound(field="run_id") where the attempt has left no report, Corrupt.
    """
    try:
        result = ports.documents.read(JobResult, ticket.result_key)
    except NotFound as error:
        raise NotFound(
            f"run {ticket.run_id} has no report: its attempt {ticket.attempt} trained no model",
            field="run_id",
            hint=f"see why: millrace runs show {ticket.run_id}",
        ) from error
    content = ports.blobs.get(ticket.tenant, result.report_digest)
    profile = None
    if result.profile_digest is not None:
        profile = ports.read_profile(ports.blobs.get(ticket.tenant, result.profile_digest))
    manifest = ports.read_manifest(ports.blobs.get(ticket.tenant, result.manifest_digest))
    return render(Findings(ticket, ports.read_report(content), _verdict(ticket, ports), manifest, profile))


def _verdict(ticket: Ticket, ports: DrawPorts) -> Verdict | None:
    try:
        return ports.documents.read(Verdict, ticket.verdict_key)
    except NotFound:
        return None
