"""Numbers beyond any of the training rows: there a model extrapolates, and trees don't."""

from __future__ import annotations

import math

from millrace.domain.baseline import ColumnBaseline
from millrace.domain.schema import Kind
from millrace.domain.sketch import ColumnSketch
from millrace.monitoring.measured import Measured

LIMIT = 0.01  # 1 of 100 rows with a value


def measure(before: ColumnBaseline, now: ColumnSketch) -> Measured | None:
    """The share of values below the least or above the greatest; of dates, which go on, only below.

    Where nothing drifted, that the k greatest of n + m values are all among the m new ones has the chance
    m! (n + m - k)! / ((m - k)! (n + m)!), whatever the distribution (Gumbel and von Schelling 1950), and so for the
    least; the p-value is the smaller of both, doubled.
    """
    n, m = before.present, now.present
    if before.least is None or before.greatest is None or not m or before.kind is Kind.BOOLEAN:
        return None
    below = now.counts[0]
    is_open = before.kind is Kind.DATE or before.cells.edges[-1] <= before.greatest
    above = 0 if is_open else now.counts[-1]
    if not below + above:
        return None
    p_value = min(1.0, 2.0 * _chance(n, m, max(below, above)))
    share = (below + above) / m
    return Measured(share, LIMIT, p_value, f"{share:.1%} of the values lie beyond those of the training rows")


def _chance(n: int, m: int, k: int) -> float:
    each = (m + 1, n + m - k + 1, -(m - k + 1), -(n + m + 1))
    return math.exp(min(0.0, math.fsum(math.copysign(math.lgamma(abs(x)), x) for x in each)))
