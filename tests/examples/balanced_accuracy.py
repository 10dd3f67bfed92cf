"""Accuracy of each class by itself, averaged: a model that always gives the commonest answer earns nothing with it."""

from __future__ import annotations

import numpy as np

from millrace.evaluation.estimators import Estimator, Truth, Units
from millrace.evaluation.guess import Guess
from millrace.evaluation.metrics import Floats, Index


def balanced_accuracy(truth: Index, labels: Index) -> float:
    """The mean, over the classes that occur in `truth` [rows], of the share of their rows with the right label."""
    return float(np.mean([(labels[truth == k] == k).mean() for k in np.unique(truth)]))


def estimator(truth: Truth, guess: Guess, units: Units) -> Estimator:
    """The same from counts; a class that a resample lacks does not count in its mean."""
    classes = np.unique(truth)
    hits = units.sums(((truth == k) & (guess.chosen == k)).astype(np.float64) for k in classes)
    seen = units.sums((truth == k).astype(np.float64) for k in classes)

    def of(drawn: Floats) -> Floats:
        occurs = drawn @ seen
        share = np.where(occurs > 0, (drawn @ hits) / np.maximum(occurs, 1.0), 0.0)
        return np.asarray(share.sum(axis=1) / np.maximum((occurs > 0).sum(axis=1), 1), dtype=np.float64)

    return of
