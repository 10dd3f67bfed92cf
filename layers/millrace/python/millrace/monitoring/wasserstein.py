"""The Wasserstein distance: how far values had to be carried to make one distribution of the other, in spreads."""

from __future__ import annotations

import math

import numpy as np

from millrace.domain.baseline import ColumnBaseline
from millrace.domain.sketch import ColumnSketch
from millrace.monitoring.measured import Measured, comparable

LIMIT = 0.1  # standard deviations of the baseline


def measure(before: ColumnBaseline, now: ColumnSketch) -> Measured | None:
    """Integral of |F - G| over the cells, each at its middle and the two outermost on either side at their inner edge.

    It is divided by the baseline's standard deviation over the same places, so no single far value sets the scale.
    That integral is the distance of Wasserstein, or Kantorovich, on a line (Vallender 1974).
    Where nothing drifted, F - G is a Brownian bridge: the distance's mean is known, and it exceeds that by t with at
    most exp(-t^2 / 2s^2), s^2 = 1/n + 1/m (the concentration of Gaussian norms: Borell 1975).
    """
    if not comparable(before, now) or len(before.cells.edges) < 2:
        return None
    edges = np.asarray(before.cells.edges)
    places = np.concatenate([edges[:1], edges[:-1] / 2 + edges[1:] / 2, edges[-1:]])
    if len(edges) > 3:
        places = places.clip(edges[1], edges[-2])
    size = max(1e-300, float(np.abs(places).max()))  # so that squares stay in range
    places = places / size
    ours, theirs = (np.asarray(counts, dtype=np.float64) for counts in (before.counts, now.counts))
    p, q = ours / ours.sum(), theirs / theirs.sum()
    spread = math.sqrt(float(np.sum(p * (places - np.sum(p * places)) ** 2)))
    if spread == 0.0:
        return None
    widths = np.diff(places) / spread
    below = np.cumsum(p)[:-1]
    distance = float(np.sum(np.abs(below - np.cumsum(q)[:-1]) * widths))
    variance = 1.0 / ours.sum() + 1.0 / theirs.sum()
    roots = np.sqrt(np.clip(below * (1.0 - below), 0.0, None))
    excess = max(0.0, distance - math.sqrt(2.0 / math.pi * variance) * float(np.sum(roots * widths)))
    p_value = math.exp(-(excess**2) / (2.0 * variance))
    return Measured(distance, LIMIT, p_value, f"values lie {distance:.2f} standard deviations away on average")
