"""Values that training never saw: a model can say nothing about them."""

from __future__ import annotations

from millrace.domain.baseline import ColumnBaseline
from millrace.domain.sketch import ColumnSketch
from millrace.monitoring.measured import Measured
from millrace.monitoring.proportions import increase

LIMIT = 0.02  # 2 of 100 rows with a value


def measure(before: ColumnBaseline, now: ColumnSketch) -> Measured | None:
    """How much more often values without a cell of their own come than they did, by Fisher's exact test, one-sided."""
    rows = sum(before.counts)
    if not before.cells.values or not rows or not before.counts[-1] + now.counts[-1] or not now.present:
        return None
    share, share_now = before.counts[-1] / rows, now.counts[-1] / now.present
    p_value = increase(before.counts[-1], rows, now.counts[-1], now.present)
    more = max(0.0, share_now - share)
    return Measured(more, LIMIT, p_value, f"{share_now:.1%} of the values are new or rare ones, {share:.1%} were")
