"""Who is better, and by more than chance: ranks, and paired intervals over rows and over seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from millrace.domain.spec import Metric
from millrace.evaluation.bootstrap import LEVEL, UNITS, interval
from millrace.evaluation.estimators import ESTIMATORS, Units
from millrace.evaluation.guess import Guess

RESAMPLES = 1000
FEW = 3  # seeds, below which their spread tells nothing

Floats = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Answers [held out, classes or 1] of one system on one split, whose rows held out have these numbers."""

    held_out: Index
    truth: Index | Floats
    answers: Floats


@dataclass(frozen=True, slots=True)
class Verdict:
    """By how much the first is better than the second, in the metric's unit; positive is better whatever the metric.

    `low` and `high` are the 95 % interval by rows; `by_seed` the half-width of the one by seeds, None for few seeds.
    """

    gain: float
    low: float
    high: float
    by_seed: float | None

    @property
    def word(self) -> str:
        """`better` or `worse` where both intervals leave out zero; else `tie`."""
        if self.low <= 0.0 <= self.high or (self.by_seed is not None and abs(self.gain) <= self.by_seed):
            return "tie"
        return "better" if self.gain > 0 else "worse"

    @property
    def is_worse_by_rows(self) -> bool:
        """Whether the interval by rows alone says so: the stricter rule."""
        return self.high < 0.0


def resampled(metric: Metric, splits: Sequence[Judged], rows: int, seed: int = 0) -> Floats:
    """The mean over splits of the metric, on resamples of the whole dataset's `rows` rows; shape [resamples].

    A row held out by several splits is drawn for all of them or for none, so that what the splits share is not taken
    for independent. Every system sees the same draws, which pairs them. Drawn as Poisson counts: Hanley and MacGibbon,
    "Creating non-parametric bootstrap samples using Poisson frequencies", 2006.
    """
    random = np.random.default_rng(seed)
    count = min(rows, UNITS)
    unit = np.arange(rows) if rows <= UNITS else random.permutation(rows) % count
    drawn = random.poisson(1.0, (RESAMPLES, count)).astype(np.float64)
    figures = [
        ESTIMATORS[metric](each.truth, Guess(each.answers), Units(unit[each.held_out], count))(drawn) for each in splits
    ]
    mean: Floats = np.mean(figures, axis=0)
    return mean


def verdict(
    metric: Metric, rows: int, ours: tuple[Floats, Sequence[float]], theirs: tuple[Floats, Sequence[float]]
) -> Verdict:
    """Of two systems' resampled metric [resamples] and scores by seed; `rows` is how many are held out."""
    sign = 1.0 if metric.greater_is_better else -1.0
    gains = [sign * (a - b) for a, b in zip(ours[1], theirs[1], strict=True)]
    found = interval(sign * (ours[0] - theirs[0]), rows, LEVEL)
    gain = statistics.fmean(gains)
    low, high = (gain, gain) if found is None else (found.low, found.high)
    return Verdict(gain, low, high, half_width(gains))


def half_width(gains: Sequence[float]) -> float | None:
    """Of Student's 95 % interval of the mean; None for few."""
    if len(gains) < FEW:
        return None
    quantile = float(stats.t.ppf((1.0 + LEVEL) / 2.0, len(gains) - 1))
    return quantile * statistics.stdev(gains) / math.sqrt(len(gains))


def ranks(scores: Mapping[str, float | None], *, greater_is_better: bool) -> dict[str, float]:
    """Each system's rank from 1, equal scores sharing the middle one; those without a score, which failed, are last."""
    worst = math.inf
    losses = {
        name: worst if score is None else (-score if greater_is_better else score) for name, score in scores.items()
    }
    order = stats.rankdata(list(losses.values()))
    return dict(zip(losses, map(float, order), strict=True))


def mean_ranks(by_dataset: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Over datasets that rank the same systems, the best first."""
    means = {name: statistics.fmean(each[name] for each in by_dataset) for name in by_dataset[0]} if by_dataset else {}
    return dict(sorted(means.items(), key=lambda each: each[1]))


def spread(scores: Sequence[float]) -> float | None:
    """Standard deviation over seeds; None for one."""
    return statistics.stdev(scores) if len(scores) > 1 else None
