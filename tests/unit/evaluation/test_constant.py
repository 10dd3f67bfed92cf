from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millrace.domain.spec import Metric, Task
from millrace.evaluation import constant, metrics

TRAIN = np.array([0] * 6 + [1] * 2)
TRUTH = np.array([0, 0, 1])


def predictor(
    task: Task, train: metrics.Index | metrics.Floats, truth: metrics.Index | metrics.Floats, classes: int
) -> dict[Metric, float]:
    return constant.measure(task, constant.guesses(task, train, truth, classes), truth)


def test_classes() -> None:
    found = predictor(Task.BINARY, TRAIN, TRUTH, 2)
    assert found[Metric.ACCURACY] == pytest.approx(2 / 3)
    assert found[Metric.LOG_LOSS] == pytest.approx(-(2 * np.log(0.75) + np.log(0.25)) / 3)
    assert found[Metric.F1] == pytest.approx(0.5)  # by always saying 1
    assert found[Metric.AUC] == 0.5


def test_numbers() -> None:
    found = predictor(Task.REGRESSION, np.array([0.0, 0.0, 9.0]), np.array([0.0, 6.0]), 0)
    assert found[Metric.RMSE] == pytest.approx(3.0)  # the mean, 3
    assert found[Metric.MAE] == pytest.approx(3.0)  # the median, 0
    assert found[Metric.R2] == pytest.approx(0.0)


@given(st.lists(st.integers(0, 2), min_size=2, max_size=30), st.integers(0, 2))
def test_no_constant_label_has_a_better_f1(truth: list[int], label: int) -> None:
    answers = np.array(truth)
    best = predictor(Task.MULTICLASS, np.array([0, 1, 2]), answers, 3)[Metric.F1]
    assert best >= metrics.f1(answers, np.full(len(answers), label), 3)
