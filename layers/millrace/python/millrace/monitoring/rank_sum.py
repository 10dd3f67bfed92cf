"""The rank-sum test: whether values are greater or smaller than they were, which it sees before any other test does."""

from __future__ import annotations

import math

import numpy as np

from millrace.domain.baseline import ColumnBaseline
from millrace.domain.sketch import ColumnSketch
from millrace.monitoring.distributions import normal_tail
from millrace.monitoring.measured import Measured, comparable

LIMIT = 0.028  # what a normal distribution moved by a tenth of its standard deviation gives


def measure(before: ColumnBaseline, now: ColumnSketch) -> Measured | None:
    """How far the chance that a captured value exceeds one of the baseline is from one half, values of a cell tied.

    Mann and Whitney (1947), with the variance corrected for ties (Lehmann, "Nonparametrics", 1975, section 1.4).
    """
    if not comparable(before, now):
        return None
    ours, theirs = (np.asarray(counts, dtype=np.float64) for counts in (before.counts, now.counts))
    n, m = float(ours.sum()), float(theirs.sum())
    tied = ours + theirs
    chance = float(np.sum(theirs / m * (np.cumsum(ours) - ours / 2.0) / n))
    every = n + m
    variance = (every + 1.0 - float(np.sum(tied**3 - tied)) / (every * (every - 1.0))) / (12.0 * n * m)
    if variance <= 0.0:
        return None
    away = abs(chance - 0.5)
    p_value = 2.0 * normal_tail(away / math.sqrt(variance))
    return Measured(away, LIMIT, p_value, f"a value exceeds one of the training rows' with a chance of {chance:.1%}")
