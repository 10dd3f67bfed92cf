from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as peer

from millrace.domain.spec import DEFAULT_METRIC, Metric, Task
from millrace.evaluation.guess import Guess
from millrace.learning import objective
from millrace.learning.trainer import Answers, Floats

CLASSES = [metric for metric in Metric if metric.is_classification]
NUMBERS = [metric for metric in Metric if not metric.is_classification]


def drawn(classes: int, seed: int = 0) -> tuple[Answers, Floats]:
    random = np.random.default_rng(seed)
    return random.integers(0, classes, 80), random.dirichlet(np.ones(classes), 80)


@pytest.mark.parametrize("metric", CLASSES)
@pytest.mark.parametrize("classes", [2, 3])
def test_a_metric_of_classes_is_the_one_that_is_reported(metric: Metric, classes: int) -> None:
    truth, values = drawn(classes)
    task = Task.BINARY if classes == 2 else Task.MULTICLASS
    assert objective.score(metric, truth, values) == pytest.approx(Guess(values).measure(task, truth)[metric])


@pytest.mark.parametrize("metric", NUMBERS)
def test_a_metric_of_numbers_is_the_one_that_is_reported(metric: Metric) -> None:
    random = np.random.default_rng(0)
    truth = random.normal(size=50)
    values = (truth + random.normal(size=50)).reshape(-1, 1)
    expected = Guess(values).measure(Task.REGRESSION, truth)[metric]
    assert objective.score(metric, truth, values) == pytest.approx(expected)


def test_peers_say_the_same() -> None:
    truth, values = drawn(2)
    assert objective.score(Metric.AUC, truth, values) == pytest.approx(peer.roc_auc_score(truth, values[:, 1]))
    assert objective.score(Metric.LOG_LOSS, truth, values) == pytest.approx(peer.log_loss(truth, values))


@pytest.mark.parametrize("metric", Metric)
def test_a_better_answer_has_less_loss(metric: Metric) -> None:
    random = np.random.default_rng(0)
    truth: Answers = random.integers(0, 2, 200)
    if metric.is_classification:
        task = Task.BINARY
        good = np.clip(np.stack([truth == 0, truth == 1], axis=1) * 0.8 + random.uniform(0, 0.3, (200, 2)), 0.01, None)
        bad = random.dirichlet([1.0, 1.0], 200)
        good = good / good.sum(axis=1, keepdims=True)
    else:
        task = Task.REGRESSION
        truth = random.normal(size=200)
        good, bad = (truth.reshape(-1, 1) + random.normal(0.0, noise, (200, 1)) for noise in (0.1, 1.0))
    assert objective.loss(metric, task, truth, good) < objective.loss(metric, task, truth, bad)


@pytest.mark.parametrize("metric", [Metric.ACCURACY, Metric.F1, Metric.AUC])
def test_what_jumps_is_told_apart_by_a_grain_of_log_loss(metric: Metric) -> None:
    truth = np.array([0, 0, 1, 1])
    sure, unsure = (np.array([[p, 1 - p]] * 2 + [[1 - p, p]] * 2) for p in (0.9, 0.6))
    assert objective.score(metric, truth, sure) == objective.score(metric, truth, unsure)
    gap = objective.loss(metric, Task.BINARY, truth, unsure) - objective.loss(metric, Task.BINARY, truth, sure)
    assert gap == pytest.approx(objective.GRAIN * np.log(0.9 / 0.6))


def test_the_usual_metric_is_its_own_loss() -> None:
    truth, values = drawn(3)
    found = objective.loss(DEFAULT_METRIC[Task.MULTICLASS], Task.MULTICLASS, truth, values)
    assert found == objective.score(Metric.LOG_LOSS, truth, values)


def test_what_is_undefined_is_infinitely_bad() -> None:
    """Of one class, no pair of rows can be told apart."""
    truth, values = np.zeros(5, dtype=np.int64), np.full((5, 2), 0.5)
    assert objective.score(Metric.AUC, truth, values) is None
    assert objective.loss(Metric.AUC, Task.BINARY, truth, values) == np.inf
    numbers = np.full((5, 1), np.nan)
    assert objective.loss(Metric.RMSE, Task.REGRESSION, np.zeros(5), numbers) == np.inf
