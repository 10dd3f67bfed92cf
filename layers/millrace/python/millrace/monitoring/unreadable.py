"""Values that are none of the column's kind: somebody changed how they are written."""

from __future__ import annotations

from millrace.domain.baseline import ColumnBaseline
from millrace.domain.sketch import ColumnSketch
from millrace.monitoring.measured import Measured
from millrace.monitoring.proportions import increase

LIMIT = 0.01  # 1 of 100 rows


def measure(before: ColumnBaseline, now: ColumnSketch) -> Measured | None:
    """The share of such rows, by Fisher's exact test against the training rows, of which none is one."""
    rows = now.present + now.missing + now.unreadable
    if not now.unreadable:
        return None
    share = now.unreadable / rows
    p_value = increase(0, before.present + before.missing, now.unreadable, rows)
    return Measured(share, LIMIT, p_value, f"{share:.1%} of the values are no {before.kind}")
