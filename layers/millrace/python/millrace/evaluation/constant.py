"""What the best constant prediction reaches: whatever learns nothing from the features can do no better."""

from __future__ import annotations

import numpy as np

from millrace.domain.spec import Metric, Task
from millrace.evaluation import metrics
from millrace.evaluation.metrics import Floats, Index


def classification(train: Index, truth: Index, classes: int) -> dict[Metric, float]:
    """For held-out `truth`: the training frequencies as probabilities; for F1, the one label that suits it best."""
    frequencies = np.bincount(train, minlength=classes) / len(train)
    found = metrics.classification(truth, np.tile(frequencies, (len(truth), 1)))
    best = max(metrics.f1(truth, np.full(len(truth), k, dtype=np.int64), classes) for k in range(classes))
    return {**found, Metric.F1: best}


def regression(train: Floats, truth: Floats) -> dict[Metric, float]:
    """For held-out `truth`: the training mean; for MAE, the training median."""
    found = metrics.regression(truth, np.full(len(truth), train.mean()))
    absolute = metrics.regression(truth, np.full(len(truth), np.median(train)))
    return {**found, Metric.MAE: absolute[Metric.MAE]}


def predictor(task: Task, train: Floats | Index, truth: Floats | Index, classes: int) -> dict[Metric, float]:
    """The best constant's metrics for a task; class indices for classification, numbers for regression."""
    if task.is_classification:
        return classification(np.asarray(train, dtype=np.int64), np.asarray(truth, dtype=np.int64), classes)
    return regression(np.asarray(train, dtype=np.float64), np.asarray(truth, dtype=np.float64))
