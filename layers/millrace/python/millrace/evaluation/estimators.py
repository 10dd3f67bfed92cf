"""Metrics of resampled rows without touching the rows again: each as a function of how often a unit was drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from millrace.domain.spec import Metric
from millrace.evaluation import metrics
from millrace.evaluation.guess import Guess
from millrace.evaluation.metrics import Floats, Index

EXACT_PAIRS = 200_000  # of a positive and a negative row, up to which AUC is counted pair by pair
Estimator = Callable[
    [Floats], Floats
]  # how often each unit was drawn [resamples, units] -> [resamples]; NaN: undefined
Truth = Floats | Index


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """What is drawn: row i belongs to unit `of[i]`, of `count`; no unit is empty."""

    of: Index
    count: int

    def sums(self, columns: Iterable[Floats]) -> Floats:
        """Sums of columns [rows] over each unit, shape [units, columns]."""
        return np.stack([np.bincount(self.of, weights=each, minlength=self.count) for each in columns], axis=1)


def mean(losses: Floats, units: Units) -> Estimator:
    """Of a figure that each row has, shape [rows]."""
    parts = units.sums([losses, np.ones(len(losses))])
    return lambda drawn: _ratio(*(drawn @ parts).T)


def _rmse(truth: Truth, guess: Guess, units: Units) -> Estimator:
    squares = mean((guess.values[:, 0] - truth) ** 2, units)
    return lambda drawn: np.sqrt(squares(drawn))


def _r2(truth: Truth, guess: Guess, units: Units) -> Estimator:
    """From sums of squares about the mean of all rows, so that little is lost where that is far from zero."""
    centred = truth - truth.mean()
    parts = units.sums([(guess.values[:, 0] - truth) ** 2, centred, centred**2, np.ones(len(truth))])

    def of(drawn: Floats) -> Floats:
        errors, once, squares, rows = (drawn @ parts).T
        total = squares - once**2 / rows
        return np.where(total > 1e-12 * squares, 1.0 - _ratio(errors, total), np.nan)

    return of


def _f1(truth: Truth, guess: Guess, units: Units) -> Estimator:
    """Hits and occurrences of each class; a class that a resample lacks does not count in its mean."""
    actual, chosen = np.asarray(truth, dtype=np.int64), guess.chosen
    classes = metrics.judged(actual, chosen, guess.values.shape[1])
    hits = units.sums(((actual == k) & (chosen == k)).astype(np.float64) for k in classes)
    seen = units.sums((actual == k).astype(np.float64) + (chosen == k) for k in classes)

    def of(drawn: Floats) -> Floats:
        occurs = drawn @ seen
        scores = np.where(occurs > 0, 2.0 * (drawn @ hits) / np.maximum(occurs, 1.0), 0.0)
        return np.asarray(scores.sum(axis=1) / np.maximum((occurs > 0).sum(axis=1), 1), dtype=np.float64)

    return of


def _auc(truth: Truth, guess: Guess, units: Units) -> Estimator:
    """Areas weighted by frequency; pair by pair while pairs are few, else by the areas' first-order expansion."""
    judged = [1] if guess.values.shape[1] == 2 else [int(k) for k in np.unique(truth)]
    sides = {k: np.asarray(truth == k) for k in judged}
    pairs = sum(int(side.sum()) * int((~side).sum()) for side in sides.values())
    area = _pairwise if pairs <= EXACT_PAIRS else _expanded
    areas = [area(side, guess.values[:, k], units) for k, side in sides.items()]
    frequencies = units.sums(side.astype(np.float64) for side in sides.values())

    def of(drawn: Floats) -> Floats:
        often = drawn @ frequencies
        each = np.stack([area(drawn) for area in areas], axis=1)
        return _ratio(np.where(often > 0, often * each, 0.0).sum(axis=1), often.sum(axis=1))

    return of


def _pairwise(positive: NDArray[np.bool_], scores: Floats, units: Units) -> Estimator:
    hits, misses = scores[positive, np.newaxis], scores[~positive]
    wins = (hits > misses) + 0.5 * (hits == misses)

    def of(drawn: Floats) -> Floats:
        above, below = drawn[:, units.of[positive]], drawn[:, units.of[~positive]]
        return _ratio(((above @ wins) * below).sum(axis=1), above.sum(axis=1) * below.sum(axis=1))

    return of


def _expanded(positive: NDArray[np.bool_], scores: Floats, units: Units) -> Estimator:
    """The area's projection on single rows; what it leaves out is of order 1 / rows.

    DeLong, DeLong and Clarke-Pearson, "Comparing the areas under two or more correlated ROC curves", 1988: a row's
    placement is the share of the other side's rows that it beats, ties counting half.
    """
    beaten = metrics.ranks(scores)
    for side in (positive, ~positive):
        beaten[side] -= metrics.ranks(scores[side])
    hits, misses = positive.astype(np.float64), (~positive).astype(np.float64)
    placed = np.where(positive, beaten / misses.sum(), 1.0 - beaten / hits.sum())
    parts = units.sums([placed * hits, hits, placed * misses, misses])
    area = float(placed[positive].mean())

    def of(drawn: Floats) -> Floats:
        won, above, lost, below = (drawn @ parts).T
        return _ratio(won, above) + _ratio(lost, below) - area

    return of


def _ratio(above: Floats, below: Floats) -> Floats:
    """NaN where `below` is 0."""
    ratio: Floats = np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0)
    return ratio


def _index(truth: Truth) -> Index:
    return np.asarray(truth, dtype=np.int64)


ESTIMATORS: Mapping[Metric, Callable[[Truth, Guess, Units], Estimator]] = {
    Metric.LOG_LOSS: lambda truth, guess, units: mean(metrics.log_losses(_index(truth), guess.values), units),
    Metric.BRIER: lambda truth, guess, units: mean(metrics.brier_scores(_index(truth), guess.values), units),
    Metric.ACCURACY: lambda truth, guess, units: mean((guess.chosen == truth).astype(np.float64), units),
    Metric.F1: _f1,
    Metric.AUC: _auc,
    Metric.RMSE: _rmse,
    Metric.MAE: lambda truth, guess, units: mean(np.abs(guess.values[:, 0] - truth), units),
    Metric.R2: _r2,
}
