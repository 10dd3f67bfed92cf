"""A metric from counts is the metric of the rows themselves, repeated as often as they were drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millrace.domain.spec import Metric, Task
from millrace.evaluation import estimators
from millrace.evaluation.bootstrap import units
from millrace.evaluation.estimators import ESTIMATORS, Truth, Units
from millrace.evaluation.guess import Guess


def answered(task: Task, rows: int, seed: int) -> tuple[Truth, Guess]:
    random = np.random.default_rng(seed)
    if task is Task.REGRESSION:
        truth = random.normal(1e3, 1.0, rows)
        return truth, Guess((truth + random.normal(0.0, 0.5, rows))[:, np.newaxis])
    classes = 2 if task is Task.BINARY else 4
    values = random.dirichlet(np.ones(classes), rows).round(1) + 1e-3  # with ties
    labels = np.where(random.random(rows) < 0.1, -1, values.argmax(axis=1))  # -1: a class nobody here knows
    return random.integers(0, classes, rows), Guess(values / values.sum(axis=1, keepdims=True), labels)


def test_every_metric_has_one() -> None:
    assert set(ESTIMATORS) == set(Metric)


@given(st.sampled_from(Task), st.integers(3, 12), st.integers(0, 1000), st.booleans())
def test_counts_stand_for_repeated_rows(task: Task, rows: int, seed: int, pooled: bool) -> None:
    truth, guess = answered(task, rows, seed)
    drawn = units(rows, seed, most=rows - 1 if pooled else rows)
    counts = np.random.default_rng(seed).multinomial(drawn.count, np.ones(drawn.count) / drawn.count, 3)
    found = {
        metric: ESTIMATORS[metric](truth, guess, drawn)(counts.astype(float)) for metric in guess.measure(task, truth)
    }
    for position, times in enumerate(counts):
        again = np.repeat(np.arange(rows), times[drawn.of])
        labels = None if guess.labels is None else guess.labels[again]
        expected = Guess(guess.values[again], labels).measure(task, truth[again])
        if len(set(truth[again].tolist())) == 1:
            expected.pop(Metric.R2, None)  # rounding may hide that it is undefined
        for metric, values in found.items():
            assert values[position] == pytest.approx(expected.get(metric, np.nan), rel=1e-6, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("task", [Task.BINARY, Task.MULTICLASS])
def test_the_expansion_of_auc_varies_as_auc_does(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    truth, guess = answered(task, 1000, 0)
    drawn = Units(np.arange(1000), 1000)
    counts = np.random.default_rng(1).multinomial(1000, np.full(1000, 1e-3), 200).astype(float)
    exact = ESTIMATORS[Metric.AUC](truth, guess, drawn)(counts)
    monkeypatch.setattr(estimators, "EXACT_PAIRS", 0)
    expanded = ESTIMATORS[Metric.AUC](truth, guess, drawn)(counts)
    assert np.abs(expanded - exact).max() < 0.1 * exact.std()
    assert ESTIMATORS[Metric.AUC](truth, guess, drawn)(np.ones((1, 1000)))[0] == pytest.approx(
        guess.measure(task, truth)[Metric.AUC]
    )


def test_what_a_resample_can_not_have_is_nan() -> None:
    truth, guess = np.array([0, 0, 1]), Guess(np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]]))
    drawn = Units(np.arange(3), 3)
    areas = ESTIMATORS[Metric.AUC](truth, guess, drawn)(np.array([[3.0, 0.0, 0.0], [1.0, 1.0, 1.0]]))
    assert np.isnan(areas).tolist() == [True, False]
    numbers = ESTIMATORS[Metric.R2](np.array([0.1, 0.1, 5.0]), Guess(np.zeros((3, 1))), drawn)
    assert np.isnan(numbers(np.array([[2.0, 1.0, 0.0], [1.0, 1.0, 1.0]]))).tolist() == [True, False]
