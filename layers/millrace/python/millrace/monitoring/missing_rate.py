"""The share of rows without a value: a source that fails shows here first."""

from __future__ import annotations

from millrace.domain.baseline import ColumnBaseline
from millrace.domain.sketch import ColumnSketch
from millrace.monitoring.measured import Measured
from millrace.monitoring.proportions import difference

LIMIT = 0.02  # 2 of 100 rows


def measure(before: ColumnBaseline, now: ColumnSketch) -> Measured | None:
    """The difference of the shares, either way, by Fisher's exact test; None where no row, or every one, lacks it."""
    rows, rows_now = before.present + before.missing, now.present + now.missing
    if not rows or not rows_now or not before.missing + now.missing or not before.present + now.present:
        return None
    share, share_now = before.missing / rows, now.missing / rows_now
    p_value = difference(before.missing, rows, now.missing, rows_now)
    return Measured(
        abs(share_now - share), LIMIT, p_value, f"{share_now:.1%} of the rows have no value, {share:.1%} had"
    )
