"""Intervals by resampling the held-out rows; every figure sees the same resamples, so that differences are paired."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from statistics import NormalDist
from typing import TypeVar

import numpy as np

from millrace.domain.spec import Metric, Task
from millrace.domain.uncertainty import Interval, Intervals, Uncertainty
from millrace.evaluation.estimators import ESTIMATORS, Estimator, Truth, Units
from millrace.evaluation.guess import Guess
from millrace.evaluation.metrics import Floats

LEVEL = 0.95
RESAMPLES = 2000
UNITS = 10_000  # more rows than this are pooled
METHOD = "expanded percentile"
_AT_ONCE = 500_000  # counts in memory
_MOVES = 2  # seeds of the pooling and of the drawing differ

Key = TypeVar("Key", bound=Hashable)


def uncertainty(
    task: Task,
    truth: Truth,
    ours: Guess,
    constant: Mapping[Metric, Guess],
    champion: Guess | None = None,
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> Uncertainty:
    """Intervals of every metric that `truth` [rows] allows, and of the paired gains over the other two.

    `constant` holds the best constant for each metric. The same arguments give the same intervals.
    """
    drawn = units(len(truth), seed)
    defined = ours.measure(task, truth)
    sides = {"held_out": dict.fromkeys(defined, ours), "constant": constant}
    if champion is not None:
        sides["champion"] = dict.fromkeys(defined, champion)
    found = resample(
        {
            (side, metric): ESTIMATORS[metric](truth, guesses[metric], drawn)
            for side, guesses in sides.items()
            for metric in defined
        },
        drawn,
        seed,
        resamples,
    )
    rows = len(truth)

    def alone(side: str) -> Intervals:
        return _known({metric: interval(found[side, metric], rows) for metric in defined if side in sides})

    def over(side: str) -> Intervals:
        gains = {metric: _gain(metric, found, side) for metric in defined if side in sides}
        return _known({metric: interval(gain, rows) for metric, gain in gains.items()})

    return Uncertainty(
        level=LEVEL,
        resamples=resamples,
        units=drawn.count,
        method=METHOD,
        held_out=alone("held_out"),
        constant=alone("constant"),
        over_constant=over("constant"),
        champion=alone("champion"),
        over_champion=over("champion"),
    )


def intervals(task: Task, truth: Truth, guess: Guess, *, seed: int, resamples: int = RESAMPLES) -> Intervals:
    """Intervals of every metric that `truth` [rows] allows, of one model alone: its cross-validated answers, say."""
    drawn = units(len(truth), seed)
    estimators = {metric: ESTIMATORS[metric](truth, guess, drawn) for metric in guess.measure(task, truth)}
    found = resample(estimators, drawn, seed, resamples)
    return _known({metric: interval(figures, len(truth)) for metric, figures in found.items()})


def units(rows: int, seed: int, most: int = UNITS) -> Units:
    """Each row by itself; above `most` rows, groups of them pooled at random.

    A mean of groups made at random varies as a mean of rows does, so that the work per resample is bounded and the
    whole held-out set still counts.
    """
    if rows <= most:
        return Units(np.arange(rows), rows)
    return Units(np.random.default_rng([seed, _MOVES]).permutation(rows) % most, most)


def resample(
    estimators: Mapping[Key, Estimator], drawn: Units, seed: int, resamples: int = RESAMPLES
) -> dict[Key, Floats]:
    """Each estimator on the same `resamples`, shape [resamples]; units are drawn with replacement."""
    chunks = list(_apply(estimators, drawn, seed, resamples))
    return {key: np.concatenate([chunk[key] for chunk in chunks]) for key in estimators}


def _apply(estimators: Mapping[Key, Estimator], drawn: Units, seed: int, resamples: int) -> Iterator[dict[Key, Floats]]:
    random = np.random.default_rng(seed)
    most = max(1, _AT_ONCE // drawn.count)
    for start in range(0, resamples, most):
        size = min(most, resamples - start)
        which = random.integers(0, drawn.count, (size, drawn.count))
        which += np.arange(size)[:, np.newaxis] * drawn.count
        counts = np.bincount(which.ravel(), minlength=size * drawn.count).reshape(size, drawn.count)
        often = counts.astype(np.float64)
        yield {key: estimator(often) for key, estimator in estimators.items()}


def interval(figures: Floats, rows: int, level: float = LEVEL) -> Interval | None:
    """The expanded percentile interval; None where fewer than half of the figures are defined, or of a single row.

    Percentiles (Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter 13), taken further out for few
    rows, as Student's t is wider than the normal (Hesterberg, "What teachers should know about the bootstrap", 2015).
    """
    defined = figures[np.isfinite(figures)]
    if rows < 2 or len(defined) * 2 < len(figures):
        return None
    tail = _tail(rows, level)
    low, high = np.quantile(defined, [tail, 1.0 - tail])
    return Interval(float(low), float(high))


def _tail(rows: int, level: float) -> float:
    """The share of resamples left out on each side.

    t's quantile is expanded in 1 / (rows - 1): Abramowitz and Stegun, "Handbook of mathematical functions", 26.7.5.
    """
    normal = NormalDist()
    z, freedom = normal.inv_cdf((1.0 + level) / 2.0), rows - 1
    t = z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    return normal.cdf(-t * math.sqrt(rows / freedom))


def _gain(metric: Metric, found: Mapping[tuple[str, Metric], Floats], side: str) -> Floats:
    better = found["held_out", metric] - found[side, metric]
    return better if metric.greater_is_better else -better


def _known(found: Mapping[Metric, Interval | None]) -> Intervals:
    return {metric: each for metric, each in found.items() if each is not None}
