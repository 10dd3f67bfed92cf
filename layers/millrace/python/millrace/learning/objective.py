"""What a search makes small: the spec's metric as a loss, with a grain of the usual one where it jumps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from millrace.data.table import Index
from millrace.domain.spec import DEFAULT_METRIC, Metric, Task
from millrace.evaluation import metrics
from millrace.learning.trainer import Answers, Floats

GRAIN = 0.01  # of log loss beside a metric of ranks or of labels, so that equals are told apart


def score(metric: Metric, truth: Answers, values: Floats) -> float | None:
    """One metric of probabilities [rows, classes] or of predictions [rows, 1]; None where it is undefined."""
    return _SCORES[metric](truth, values)


def loss(metric: Metric, task: Task, truth: Answers, values: Floats) -> float:
    """Less is better; infinite where the metric is undefined."""
    found = score(metric, truth, values)
    if found is None or not np.isfinite(found):
        return float("inf")
    signed = -found if metric.greater_is_better else found
    if metric in {DEFAULT_METRIC[task], Metric.MAE, Metric.R2, Metric.BRIER}:
        return signed
    return signed + GRAIN * metrics.log_loss(_classes(truth), values)


def _classes(truth: Answers) -> Index:
    return np.asarray(truth, dtype=np.int64)


def _r2(truth: Answers, values: Floats) -> float | None:
    return metrics.regression(np.asarray(truth, dtype=np.float64), values[:, 0]).get(Metric.R2)


_SCORES: Mapping[Metric, Callable[[Answers, Floats], float | None]] = {
    Metric.LOG_LOSS: lambda truth, values: metrics.log_loss(_classes(truth), values),
    Metric.AUC: lambda truth, values: metrics.auc(_classes(truth), values),
    Metric.ACCURACY: lambda truth, values: float((values.argmax(axis=1) == truth).mean()),
    Metric.F1: lambda truth, values: metrics.f1(_classes(truth), values.argmax(axis=1), values.shape[1]),
    Metric.BRIER: lambda truth, values: metrics.brier(_classes(truth), values),
    Metric.RMSE: lambda truth, values: float(np.sqrt(np.mean((values[:, 0] - truth) ** 2))),
    Metric.MAE: lambda truth, values: float(np.abs(values[:, 0] - truth).mean()),
    Metric.R2: _r2,
}
