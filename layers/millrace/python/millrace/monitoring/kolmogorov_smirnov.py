"""The Kolmogorov-Smirnov test: the greatest difference between the shares of values below a point."""

from __future__ import annotations

import math

import numpy as np

from millrace.domain.baseline import ColumnBaseline
from millrace.domain.schema import Kind
from millrace.domain.sketch import ColumnSketch
from millrace.monitoring.distributions import kolmogorov_tail
from millrace.monitoring.measured import Measured, comparable

LIMIT = 0.04  # what a normal distribution moved by a tenth of its standard deviation gives


def measure(before: ColumnBaseline, now: ColumnSketch) -> Measured | None:
    """D over the cells' edges, with Smirnov's limit distribution for two samples (1939).

    D at some points is at most that at all of them, and ties make it smaller still: the p-value errs to the safe side.
    Time goes on, so dates that are later than in training are no drift: of dates, only the one-sided difference of
    those that are earlier counts.
    """
    if not comparable(before, now):
        return None
    ours, theirs = (np.cumsum(counts)[:-1] / sum(counts) for counts in (before.counts, now.counts))
    rows = 1.0 / (1.0 / sum(before.counts) + 1.0 / now.present)
    if before.kind is Kind.DATE:
        apart = max(0.0, float(np.max(theirs - ours)))
        p_value = math.exp(-2.0 * rows * apart**2)
        return Measured(apart, LIMIT, p_value, f"{apart:.1%} more of the dates are early ones")
    apart = float(np.max(np.abs(theirs - ours)))
    p_value = kolmogorov_tail(math.sqrt(rows) * apart)
    return Measured(apart, LIMIT, p_value, f"{apart:.1%} of the values lie on the other side of a point")
