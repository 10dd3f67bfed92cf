"""From which probability on the second of two classes is the label: by what wrong labels cost, or for a metric.

The best threshold of one sample is a lucky one. What is chosen is the mean over resamples, drawn towards what theory
says of right probabilities, the more so the fewer rows there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from millrace.domain.spec import Metric, Spec
from millrace.evaluation.metrics import Floats, Index

USUAL = 0.5
CELLS = 1_000  # of about equally many rows, between which a threshold may lie
RESAMPLES = 200
PRIOR = 25.0  # rows of the rarer class that weigh as much as the theory
EDGE = 1e-4  # how near 0 or 1 a resample's threshold counts as


@dataclass(frozen=True, slots=True)
class Costs:
    """What wrong labels cost, in one unit: the second class given to a row of the first, and the reverse."""

    false_positive: float
    false_negative: float


Aim = Costs | Metric


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Rows by their probability: cell i has those in [`low[i]`, `high[i]`], and no two cells share a value.

    `positive` and `negative` are sums over a cell, of shape [cells], or [samples, cells].
    """

    low: Floats
    high: Floats
    positive: Floats
    negative: Floats

    def middle(self, first: Index, last: Index) -> Floats:
        """The middle of all thresholds behind which exactly the cells from `first` on lie, to those from `last` on."""
        above, below = np.append(self.low, 1.0), np.insert(self.high, 0, 0.0)
        return np.asarray((below[first] + above[last]) / 2.0, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Labelled:
    """What comes of each threshold, shape [..., cells + 1]: the second class is given from cell i on, at last never."""

    hits: Floats
    alarms: Floats

    @property
    def positives(self) -> Floats:
        """All rows of the second class, shape [..., 1]."""
        return self.hits[..., :1]

    @classmethod
    def of(cls, cells: _Cells) -> _Labelled:
        """Sums from each cell on."""
        return cls(_from_each_on(cells.positive), _from_each_on(cells.negative))


# What is to be as great as can be, but for what no threshold changes.
METRICS: Mapping[Metric, Callable[[_Labelled], Floats]] = {
    Metric.ACCURACY: lambda labelled: labelled.hits - labelled.alarms,
    Metric.F1: lambda labelled: (
        2.0 * labelled.hits / np.maximum(labelled.hits + labelled.alarms + labelled.positives, 1e-300)
    ),
}


def aim_of(spec: Spec, metric: Metric) -> Aim | None:
    """What the threshold is to be chosen for; None where the usual one is right, since `metric` judges no labels."""
    if spec.has_costs:
        return Costs(spec.false_positive_cost, spec.false_negative_cost)
    return metric if metric in METRICS else None


def choose(truth: Index, positive: Floats, aim: Aim, *, weights: Floats | None = None, seed: int) -> float:
    """The threshold: a row whose probability is above it is given the second class.

    `truth` [rows] is 0 or 1; `positive` [rows] are probabilities of 1 that were given out of fold. It is `USUAL` where
    the truth has one class only.
    """
    rows = np.bincount(truth, minlength=2)
    if not rows.all():
        return USUAL
    cells = _cells(truth, positive, np.ones(len(truth)) if weights is None else weights)
    often = _cells(truth, positive, np.ones(len(truth)))
    random = np.random.default_rng(seed)
    drawn = replace(
        cells,
        positive=_resampled(often.positive, cells.positive, random),
        negative=_resampled(often.negative, cells.negative, random),
    )
    share = rows.min() / (rows.min() + PRIOR)
    odds = share * _odds(_best(drawn, aim)).mean() + (1.0 - share) * _odds(_of_theory(cells, aim))
    return float(1.0 / (1.0 + np.exp(-odds)))


def best(truth: Index, positive: Floats, aim: Aim, *, weights: Floats | None = None) -> float:
    """The threshold that is best of these very rows, the middle of those that are equally good."""
    return float(_best(_cells(truth, positive, np.ones(len(truth)) if weights is None else weights), aim)[0])


def _odds(thresholds: Floats | float) -> Floats:
    """Their logarithms: the mean of thresholds near 0, of which a few are not, is else far from any of them."""
    inside = np.clip(thresholds, EDGE, 1.0 - EDGE)
    return np.asarray(np.log(inside) - np.log1p(-inside), dtype=np.float64)


def _of_theory(cells: _Cells, aim: Aim) -> float:
    """The best threshold where probabilities are right.

    For costs: Elkan, "The foundations of cost-sensitive learning", 2001. For F1 it is half of the F1 that can be had:
    Lipton, Elkan and Narayanaswamy, "Optimal thresholding of classifiers to maximize F1 measure", 2014.
    """
    if isinstance(aim, Costs):
        return aim.false_positive / (aim.false_positive + aim.false_negative)
    return float(_scores(cells, aim).max()) / 2.0 if aim is Metric.F1 else USUAL


def _cells(truth: Index, positive: Floats, weights: Floats) -> _Cells:
    low, place = np.unique(positive, return_inverse=True)
    if len(low) > CELLS:  # cut where about as many rows lie in each, and never between equal values
        ordered = np.sort(positive)
        low = np.unique(ordered[np.linspace(0, len(ordered), CELLS, endpoint=False).astype(np.int64)])
        place = np.searchsorted(low, positive, side="right") - 1
    high = np.full(len(low), -np.inf)
    np.maximum.at(high, place, positive)
    hits, misses = (np.bincount(place, weights * (truth == side), len(low)).astype(np.float64) for side in (1, 0))
    return _Cells(low, high, hits, misses)


def _resampled(rows: Floats, weights: Floats, random: np.random.Generator) -> Floats:
    """How much each cell weighs where each of its rows is drawn about once, shape [resamples, cells]."""
    drawn = random.poisson(rows, (RESAMPLES, len(rows)))
    return np.asarray(drawn * np.divide(weights, rows, out=np.zeros(len(rows)), where=rows > 0.0), dtype=np.float64)


def _from_each_on(side: Floats) -> Floats:
    sums = np.cumsum(side[..., ::-1], axis=-1)[..., ::-1]
    return np.concatenate([sums, np.zeros((*sums.shape[:-1], 1))], axis=-1)


def _scores(cells: _Cells, aim: Aim) -> Floats:
    """How good each threshold is, shape [..., cells + 1]."""
    labelled = _Labelled.of(cells)
    if isinstance(aim, Costs):
        return aim.false_negative * labelled.hits - aim.false_positive * labelled.alarms
    return METRICS[aim](labelled)


def _best(cells: _Cells, aim: Aim) -> Floats:
    """Of each sample the middle of the first plateau of the best score, shape [samples]."""
    scores = np.atleast_2d(_scores(cells, aim))
    slack = 1e-12 * np.abs(scores).max(axis=1, keepdims=True)  # sums of weights in another order
    if cells.low[0] <= 0.0:
        scores[:, 0] = -np.inf  # no threshold is below a probability of 0
    is_best = scores >= scores.max(axis=1, keepdims=True) - slack
    first = is_best.argmax(axis=1)
    ends = ~is_best & (np.arange(scores.shape[1]) > first[:, np.newaxis])
    last = np.where(ends.any(axis=1), ends.argmax(axis=1), scores.shape[1]) - 1
    return cells.middle(first, last)
