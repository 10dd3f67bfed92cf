"""The share of the one value that moved most: a category that grew is plainer here than in a sum over all of them."""

from __future__ import annotations

from millrace.domain.baseline import ColumnBaseline
from millrace.domain.sketch import ColumnSketch
from millrace.monitoring.groups import pooled
from millrace.monitoring.measured import Measured
from millrace.monitoring.proportions import difference

LIMIT = 0.03  # 3 of 100 rows


def measure(before: ColumnBaseline, now: ColumnSketch) -> Measured | None:
    """The greatest difference of a value's share, by Fisher's exact test, times the number of values (Bonferroni)."""
    groups = pooled(before, now)
    if groups is None:
        return None
    ours, theirs = groups
    n, m = int(ours.sum()), int(theirs.sum())
    shares = theirs / m - ours / n
    apart, p_value = 0.0, 1.0
    for share, hits, hits_now in zip(abs(shares).tolist(), ours.tolist(), theirs.tolist(), strict=True):
        if share >= apart:
            apart, p_value = share, difference(int(hits), n, int(hits_now), m)
    return Measured(
        apart, LIMIT, min(1.0, len(shares) * p_value), f"one value's share moved by {apart:.1%} of the rows"
    )
