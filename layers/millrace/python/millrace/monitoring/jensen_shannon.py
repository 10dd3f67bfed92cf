"""The Jensen-Shannon distance: how far a column's distribution moved, from 0 to 1 and bounded even by new values."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from millrace.domain.baseline import ColumnBaseline
from millrace.domain.sketch import ColumnSketch
from millrace.monitoring.distributions import chi_squared_tail
from millrace.monitoring.groups import pooled
from millrace.monitoring.measured import Measured

LIMIT = 0.1


def measure(before: ColumnBaseline, now: ColumnSketch) -> Measured | None:
    """Square root of the divergence in bits (Lin 1991; Endres and Schindelin 2003).

    Where nothing drifted, 8 nm / (n + m) times the divergence in nats is chi-squared with one degree of freedom less
    than groups, as for every f-divergence near 0 (Pardo, "Statistical inference based on divergence measures", 2006).
    """
    groups = pooled(before, now)
    if groups is None:
        return None
    ours, theirs = groups
    p, q = ours / ours.sum(), theirs / theirs.sum()
    middle = (p + q) / 2.0
    nats = max(0.0, (_divergence(p, middle) + _divergence(q, middle)) / 2.0)
    distance = math.sqrt(nats / math.log(2.0))
    p_value = chi_squared_tail(8.0 * nats / (1.0 / ours.sum() + 1.0 / theirs.sum()), len(ours) - 1)
    return Measured(distance, LIMIT, p_value, f"the Jensen-Shannon distance is {distance:.3f}")


def _divergence(p: NDArray[np.float64], middle: NDArray[np.float64]) -> float:
    there = p > 0.0
    return float(np.sum(p[there] * np.log(p[there] / middle[there])))
