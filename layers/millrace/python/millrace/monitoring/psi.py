"""The population stability index: how far a column's distribution moved, in the unit that credit scoring made usual."""

from __future__ import annotations

import numpy as np

from millrace.domain.baseline import ColumnBaseline
from millrace.domain.sketch import ColumnSketch
from millrace.monitoring.distributions import chi_squared_tail
from millrace.monitoring.groups import pooled
from millrace.monitoring.measured import Measured

LIMIT = 0.1  # "some change", as is usual; 0.25 is "a major one"


def measure(before: ColumnBaseline, now: ColumnSketch) -> Measured | None:
    """Sum of (q - p) ln(q / p) over groups, half a row added to each (Siddiqi, "Credit risk scorecards", 2006).

    Where nothing drifted, it divided by (1/n + 1/m) is chi-squared with one degree of freedom less than groups
    (Yurdakul, "Statistical properties of population stability index", 2018).
    """
    groups = pooled(before, now)
    if groups is None:
        return None
    ours, theirs = groups
    p, q = ((each + 0.5) / (each + 0.5).sum() for each in groups)
    index = float(np.sum((q - p) * np.log(q / p)))
    p_value = chi_squared_tail(index / (1.0 / ours.sum() + 1.0 / theirs.sum()), len(ours) - 1)
    return Measured(index, LIMIT, p_value, f"the population stability index is {index:.3f}")
