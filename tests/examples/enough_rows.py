"""A rule of the gate: what was measured on a handful of rows says little, whatever it says."""

from __future__ import annotations

from millrace.domain.gate import Evidence
from millrace.domain.verdict import RuleResult

LEAST = 100  # held-out rows


def enough_rows(evidence: Evidence) -> RuleResult:
    """The figures stand on enough held-out rows."""
    rows = evidence.report.parity.rows
    return RuleResult(
        "enough_rows", rows >= LEAST, {"rows": rows, "least": LEAST}, f"{rows} held-out rows; {LEAST} are asked for"
    )
