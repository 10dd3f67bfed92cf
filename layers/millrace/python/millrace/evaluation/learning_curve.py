"""Whether more data would help: how a metric grows with the rows that a model is fitted on, and where that leads."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from millrace.domain.diagnostics import CurvePoint, LearningCurve, MoreRows
from millrace.domain.spec import Metric
from millrace.evaluation.metrics import Floats, Index

REPEATS = 4
LAST = 3  # points that the last slope is of: a line through two is mostly noise
SURE = 2.0  # standard errors that a slope must be from nothing
LITTLE = 0.02  # of all that the curve has gained; a doubling that adds less is not worth waiting for


def sizes(rows: int, *, fewest: int = 50, most: int = 6) -> tuple[int, ...]:
    """Up to so many sizes, each half of the next, the last being all `rows`; fewer where that goes below `fewest`."""
    halves = [rows >> times for times in range(most)]
    return tuple(sorted(size for size in halves if size >= fewest))


def learning_curve(
    fit_and_score: Callable[[Index], float],
    rows: int,
    sizes: Sequence[int],
    metric: Metric,
    model: str,
    *,
    seed: int,
    repeats: int = REPEATS,
) -> LearningCurve | None:
    """Fit on ever more of the `rows` in ascending `sizes`, and say what the slope at the end promises.

    `fit_and_score` fits on the rows at these places and measures `metric` on others, the same each time; NaN where
    that can't be. Each repeat draws anew, and its smaller samples lie within its larger ones, so that what is
    compared differs by the added rows alone; at least two `repeats` are needed to know the noise. `model` names what
    is fitted. None where fewer than two sizes have figures.
    """
    random = np.random.default_rng(seed)
    scores = np.full((repeats, len(sizes)), np.nan)
    for repeat in range(repeats):
        order = random.permutation(rows)
        for place, size in enumerate(sizes):
            scores[repeat, place] = fit_and_score(np.sort(order[:size]))
    known = np.isfinite(scores).all(axis=0)
    if known.sum() < 2:
        return None
    scores, used = scores[:, known], np.asarray(sizes)[known]
    points = tuple(
        CurvePoint(int(size), float(column.mean()), float(column.std()))
        for size, column in zip(used, scores.T, strict=True)
    )
    gain, noise = _slope(scores if metric.greater_is_better else -scores, used)
    verdict = _verdict(gain, noise, abs(points[-1].mean - points[0].mean))
    return LearningCurve(metric, model, points, gain, noise, verdict, _says(verdict, metric, gain, noise))


def _slope(better: Floats, used: Index) -> tuple[float, float]:
    """The mean gain per doubling over the last points, and its standard error over the repeats."""
    doublings = np.log2(used[-LAST:])
    apart = doublings - doublings.mean()
    slopes = better[:, -LAST:] @ apart / (apart**2).sum()
    return float(slopes.mean()), float(slopes.std(ddof=1) / math.sqrt(len(slopes)))


def _verdict(gain: float, noise: float, whole: float) -> MoreRows:
    if abs(gain) <= max(SURE * noise, LITTLE * whole):
        return MoreRows.LITTLE
    return MoreRows.HELP if gain > 0 else MoreRows.HARM


def _says(verdict: MoreRows, metric: Metric, gain: float, noise: float) -> str:
    by = f"{abs(gain):.2g} ±{noise:.1g}"
    return {
        MoreRows.HELP: f"more data would help: twice the rows should make {metric} better by about {by}",
        MoreRows.LITTLE: f"more data of this kind would help little: twice the rows last moved {metric} by {by}",
        MoreRows.HARM: f"more rows made it worse: twice the rows, and {metric} is worse by {by}; see whether some of "
        "them are of another kind or another time",
    }[verdict]
