"""What the best constant prediction reaches: whatever learns nothing from the features can do no better."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from millrace.domain.spec import Metric, Task
from millrace.evaluation import metrics
from millrace.evaluation.guess import Guess
from millrace.evaluation.metrics import Floats, Index


def classification(train: Index, truth: Index, classes: int) -> dict[Metric, Guess]:
    """For held-out `truth`: the training frequencies as probabilities; for F1, the one label that suits it best."""
    frequencies = np.bincount(train, minlength=classes) / len(train)
    usual = Guess(np.broadcast_to(frequencies, (len(truth), classes)))
    best = max(range(classes), key=lambda k: metrics.f1(truth, np.full(len(truth), k, dtype=np.int64), classes))
    found = dict.fromkeys(usual.measure(Task.MULTICLASS, truth), usual)
    return found | {Metric.F1: Guess(usual.values, np.full(len(truth), best, dtype=np.int64))}


def regression(train: Floats, truth: Floats) -> dict[Metric, Guess]:
    """For held-out `truth`: the training mean; for MAE, the training median."""
    usual = Guess(np.full((len(truth), 1), train.mean()))
    found = dict.fromkeys(usual.measure(Task.REGRESSION, truth), usual)
    return found | {Metric.MAE: Guess(np.full((len(truth), 1), np.median(train)))}


def guesses(task: Task, train: Floats | Index, truth: Floats | Index, classes: int) -> dict[Metric, Guess]:
    """The best constant for each metric of a task; class indices for classification, numbers for regression."""
    if task.is_classification:
        return classification(np.asarray(train, dtype=np.int64), np.asarray(truth, dtype=np.int64), classes)
    return regression(np.asarray(train, dtype=np.float64), np.asarray(truth, dtype=np.float64))


def measure(task: Task, found: Mapping[Metric, Guess], truth: Floats | Index) -> dict[Metric, float]:
    """The metric of each of these guesses."""
    measured = {
        key: guess.measure(task, truth) for key, guess in {id(guess): guess for guess in found.values()}.items()
    }
    return {metric: measured[id(guess)][metric] for metric, guess in found.items()}
