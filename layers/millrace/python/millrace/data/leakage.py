"""A column that alone tells the answer: it was mostly written down after it, and won't be known when asked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from millrace.data.admitted import Admitted
from millrace.data.table import Index
from millrace.domain.schema import Column
from millrace.domain.warning import Warned

SAMPLE = 20_000
FOLDS = 5
CLASSES_BOUND = 0.95  # share of the commonest class's errors that the column alone avoids
NUMBERS_BOUND = 0.99  # R2 of the column alone
_COMMONEST = 20  # classes told apart; the others count as one
_NEIGHBOURS = 5  # distinct numbers on either side that speak for a class
Floats = NDArray[np.float64]


def find(rows: Admitted) -> tuple[Warned, ...]:
    """Features whose cross-validated prediction, each alone, is almost perfect on at most 20,000 rows.

    A category of which more than half of the values stand once is an identifier and not looked at.
    """
    sample = rows.sample(SAMPLE)
    truth = _truth(sample)
    bound, figure = (CLASSES_BOUND, "avoided errors") if sample.schema.classes else (NUMBERS_BOUND, "R2")
    found = []
    for column in sample.schema.features:
        score = alone(sample, column, truth)
        if score is not None and score >= bound:
            says = f"column {column.name!r} alone predicts {rows.schema.target!r} almost perfectly"
            does = "if it is known only after the answer, list it under exclude in spec.yaml"
            found.append(Warned("target_leak", f"{says} ({figure} {score:.3f})", does, (column.name,)))
    return tuple(found)


def alone(sample: Admitted, column: Column, truth: Floats) -> float | None:
    """R2, or the share of avoided errors, of out-of-fold predictions from one column; None for an identifier."""
    codes: Floats = _codes(sample, column)
    if column.kind.is_text and len(np.unique(codes)) > len(codes) / 2:
        return None
    fold = np.random.default_rng(0).permutation(len(codes)) % FOLDS
    predicted = np.empty_like(truth)
    smooth = bool(sample.schema.classes)
    for k in range(FOLDS):
        seen, asked = fold != k, fold == k
        predict = _by_value if column.kind.is_text else _by_neighbours
        predicted[asked] = predict(codes[seen], truth[seen], codes[asked], smooth=smooth)
    return _classes_score(truth, predicted) if sample.schema.classes else _numbers_score(truth, predicted)


def _truth(sample: Admitted) -> Floats:
    """What is predicted, shape [rows, 1] for numbers and [rows, classes] of 0 and 1."""
    if not sample.schema.classes:
        values = np.asarray(sample.answers, dtype=np.float64)[:, np.newaxis]
        return values / max(float(np.abs(values).max()), 1e-300)  # squares stay in range
    answers: Index = np.asarray(sample.answers, dtype=np.int64)
    order = np.argsort(-np.bincount(answers, minlength=len(sample.schema.classes)), kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.minimum(np.arange(len(order)), _COMMONEST)
    return np.asarray(np.eye(min(len(order), _COMMONEST + 1))[place[answers]])


def _codes(sample: Admitted, column: Column) -> Floats:
    if column.kind.is_text:
        return sample.written.columns[column.name].codes.astype(np.float64)
    return np.asarray(sample.table[column.name], dtype=np.float64)


def _by_value(seen: Floats, truth: Floats, asked: Floats, *, smooth: bool) -> Floats:  # noqa: ARG001  # one signature
    """The mean answer of the same value; of all where it was not seen."""
    values, means, _ = _means(seen, truth)
    place = np.minimum(np.searchsorted(values, asked), len(values) - 1)
    known = values[place] == asked
    predicted: Floats = np.where(known[:, np.newaxis], means[place], truth.mean(axis=0))
    return predicted


def _by_neighbours(seen: Floats, truth: Floats, asked: Floats, *, smooth: bool) -> Floats:
    """The mean answer of the same number, between two numbers a line; a missing one is a value too.

    `smooth` takes some neighbours in where most numbers stand once, so that noise doesn't pass for a rule or hide one.
    """
    absent, gone = np.isnan(seen), np.isnan(asked)
    predicted = np.empty((len(asked), truth.shape[1]))
    predicted[gone] = truth[absent].mean(axis=0) if absent.any() else truth.mean(axis=0)
    if absent.all():
        predicted[~gone] = truth.mean(axis=0)
        return predicted
    values, means, counts = _means(seen[~absent], truth[~absent])
    if smooth and len(values) > counts.sum() / 2:
        means = _smoothed(means * counts[:, np.newaxis]) / _smoothed(counts[:, np.newaxis])
    for k in range(truth.shape[1]):
        predicted[~gone, k] = np.interp(asked[~gone], values, means[:, k])
    return predicted


def _means(seen: Floats, truth: Floats) -> tuple[Floats, Floats, Floats]:
    values, place, counts = np.unique(seen, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(place, truth[:, k], len(values)) for k in range(truth.shape[1])], axis=1)
    return values, sums / counts[:, np.newaxis], counts.astype(np.float64)


def _smoothed(sums: Floats) -> Floats:
    """Each row with its neighbours on either side, fewer at the ends."""
    total: Floats = np.concatenate([np.zeros((1, sums.shape[1])), np.cumsum(sums, axis=0)])
    rows = np.arange(len(sums))
    above, below = total[np.minimum(rows + _NEIGHBOURS + 1, len(sums))], total[np.maximum(rows - _NEIGHBOURS, 0)]
    around: Floats = above - below
    return around


def _classes_score(truth: Floats, predicted: Floats) -> float:
    wrong = (predicted.argmax(axis=1) != truth.argmax(axis=1)).mean()
    return float(1.0 - wrong / max(1.0 - truth.mean(axis=0).max(), 1e-12))


def _numbers_score(truth: Floats, predicted: Floats) -> float:
    total = float(((truth - truth.mean()) ** 2).sum())
    return 1.0 - float(((truth - predicted) ** 2).sum()) / total if total else 0.0
