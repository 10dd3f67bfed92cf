"""A model's answers as the report draws them: by class, by threshold, by error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from millrace.domain.diagnostics import ClassRows, Confusion, Diagnostics, Scatter
from millrace.domain.profile import Histogram
from millrace.domain.spec import Task
from millrace.evaluation import curves
from millrace.evaluation.guess import Guess
from millrace.evaluation.metrics import Floats, Index

DRAWN = 5  # classes with curves of their own
TOLD_APART = 12  # classes of a confusion matrix
COUNTED = 100  # classes whose rows are listed
BARS = 30
DOTS = 300


def diagnose(
    task: Task, classes: Sequence[str], train: Floats | Index, truth: Floats | Index, guess: Guess, *, seed: int
) -> Diagnostics:
    """Everything that `guess` allows for held-out `truth` [rows]; `train` are the training rows' answers."""
    if not task.is_classification:
        return regression(np.asarray(truth, dtype=np.float64), guess.values[:, 0], seed=seed)
    return classification(classes, np.asarray(train, dtype=np.int64), np.asarray(truth, dtype=np.int64), guess)


def classification(classes: Sequence[str], train: Index, truth: Index, guess: Guess) -> Diagnostics:
    """Rows per class, curves, calibration, confusion; class indices point into `classes`."""
    learnt, seen = (np.bincount(side, minlength=len(classes)) for side in (train, truth))
    often = np.argsort(-seen, kind="stable")
    # A class that is on one side only of "it or not" has no curve.
    drawn = [1] if len(classes) == 2 else [int(k) for k in often[:DRAWN]]
    sides = [(classes[k], truth == k, guess.values[:, k]) for k in drawn if 0 < seen[k] < len(truth)]
    return Diagnostics(
        classes=tuple(ClassRows(classes[k], int(learnt[k]), int(seen[k])) for k in sorted(often[:COUNTED].tolist())),
        roc=tuple(curves.roc(*side) for side in sides),
        precision_recall=tuple(curves.precision_recall(*side) for side in sides),
        calibration=tuple(curves.calibration(*side) for side in sides),
        confusion=confusion(classes, truth, guess.chosen),
    )


def confusion(classes: Sequence[str], truth: Index, chosen: Index, most: int = TOLD_APART) -> Confusion:
    """Counts of every pair of classes, in their order; of more than `most`, the rarest of truth are one."""
    kept = np.arange(len(classes))
    if len(classes) > most:
        often = np.argsort(-np.bincount(truth, minlength=len(classes)), kind="stable")
        kept = np.sort(often[: most - 1])
    size = min(len(classes), most)
    place = np.full(len(classes), size - 1)
    place[kept] = np.arange(len(kept))
    counts = np.bincount(place[truth] * size + place[chosen], minlength=size * size).reshape(size, size)
    grouped = len(classes) - len(kept)
    names = [classes[k] for k in kept.tolist()] + ([f"{grouped} others"] if grouped else [])
    return Confusion(tuple(names), tuple(tuple(row) for row in counts.tolist()), grouped)


def regression(truth: Floats, predicted: Floats, *, seed: int) -> Diagnostics:
    """The residuals' histogram, and some rows as dots."""
    rows = np.random.default_rng(seed).permutation(len(truth))[:DOTS]
    rows = rows[np.argsort(truth[rows], kind="stable")]
    return Diagnostics(
        residuals=histogram(truth - predicted),
        scatter=Scatter(curves.rounded(truth[rows]), curves.rounded(predicted[rows])),
    )


def histogram(values: Floats, bars: int = BARS) -> Histogram:
    """Equal bins between the 0.5 % and the 99.5 % quantile, so that one outlier doesn't flatten the rest.

    The first and the last bin hold all beyond them too.
    """
    low, high = np.quantile(values, [0.005, 0.995])
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, bars + 1)
    counts, _ = np.histogram(np.clip(values, low, high), edges)
    return Histogram(curves.rounded(edges), tuple(counts.tolist()))
