"""Pearson's chi-squared test: whether the values of a category or a boolean come in other shares."""

from __future__ import annotations

import math

import numpy as np

from millrace.domain.baseline import ColumnBaseline
from millrace.domain.sketch import ColumnSketch
from millrace.monitoring.distributions import chi_squared_tail
from millrace.monitoring.groups import pooled
from millrace.monitoring.measured import Measured

LIMIT = 0.1  # a small effect (Cohen 1988)


def measure(before: ColumnBaseline, now: ColumnSketch) -> Measured | None:
    """Cohen's w ("Statistical power analysis", 1988): the root of the sum of (q - p)^2 / r, r the share on both sides.

    The p-value is that of Pearson's statistic for homogeneity (1900): w^2 / (1/n + 1/m), chi-squared with one degree of
    freedom less than groups; values too rare are one group.
    """
    groups = pooled(before, now)
    if groups is None:
        return None
    ours, theirs = groups
    n, m = float(ours.sum()), float(theirs.sum())
    squares = float(np.sum((theirs / m - ours / n) ** 2 / ((ours + theirs) / (n + m))))
    effect = math.sqrt(squares)
    p_value = chi_squared_tail(squares / (1.0 / n + 1.0 / m), len(ours) - 1)
    return Measured(effect, LIMIT, p_value, f"its values come in other shares: Cohen's w is {effect:.3f}")
