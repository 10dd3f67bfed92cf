"""All that an attempt of a run found out: what a report is drawn from."""

from __future__ import annotations

from dataclasses import dataclass

from millrace.domain.job import Ticket
from millrace.domain.manifest import Manifest
from millrace.domain.profile import Profile
from millrace.domain.report import Report
from millrace.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Findings:
    """Whose they are, and each document; None where the attempt has not come so far, or is of an older release."""

    ticket: Ticket
    report: Report
    verdict: Verdict | None = None
    manifest: Manifest | None = None
    profile: Profile | None = None
