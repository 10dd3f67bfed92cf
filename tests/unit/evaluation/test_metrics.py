from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics as peer

from millrace.domain.spec import Metric
from millrace.evaluation import metrics


def drawn(classes: int, seed: int = 0, rows: int = 200) -> tuple[metrics.Index, metrics.Floats]:
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, rows)
    probabilities = random.dirichlet(np.ones(classes), rows).round(2)  # with ties
    return truth, probabilities / probabilities.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("seed", range(3))
def test_two_classes_as_scikit_learn_has_them(seed: int) -> None:
    truth, probabilities = drawn(2, seed)
    chosen = probabilities.argmax(axis=1)
    found = metrics.classification(truth, probabilities)
    assert found == pytest.approx(
        {
            Metric.LOG_LOSS: peer.log_loss(truth, np.clip(probabilities, metrics.CLIP, 1.0)),
            Metric.ACCURACY: peer.accuracy_score(truth, chosen),
            Metric.F1: peer.f1_score(truth, chosen),
            Metric.BRIER: peer.brier_score_loss(truth, probabilities[:, 1]),
            Metric.AUC: peer.roc_auc_score(truth, probabilities[:, 1]),
        }
    )


@pytest.mark.parametrize("seed", range(3))
def test_more_classes_as_scikit_learn_has_them(seed: int) -> None:
    truth, probabilities = drawn(4, seed)
    chosen = probabilities.argmax(axis=1)
    found = metrics.classification(truth, probabilities)
    assert found[Metric.F1] == pytest.approx(peer.f1_score(truth, chosen, average="macro"))
    assert found[Metric.AUC] == pytest.approx(
        peer.roc_auc_score(truth, probabilities, multi_class="ovr", average="weighted")
    )
    assert found[Metric.BRIER] == pytest.approx(peer.brier_score_loss(truth, probabilities, scale_by_half=False))


def test_numbers_as_scikit_learn_has_them() -> None:
    random = np.random.default_rng(0)
    truth, guess = random.normal(size=50), random.normal(size=50)
    assert metrics.regression(truth, guess) == pytest.approx(
        {
            Metric.RMSE: peer.root_mean_squared_error(truth, guess),
            Metric.MAE: peer.mean_absolute_error(truth, guess),
            Metric.R2: peer.r2_score(truth, guess),
        }
    )


def test_what_is_undefined_is_left_out() -> None:
    truth = np.zeros(3, dtype=np.int64)
    assert Metric.AUC not in metrics.classification(truth, np.full((3, 2), 0.5))
    assert Metric.R2 not in metrics.regression(np.ones(3), np.zeros(3))


def test_an_absent_class_does_not_count_in_auc() -> None:
    truth = np.array([0, 0, 2, 2])
    probabilities = np.array([[0.8, 0.1, 0.1], [0.6, 0.2, 0.2], [0.1, 0.2, 0.7], [0.2, 0.2, 0.6]])
    assert metrics.auc(truth, probabilities) == 1.0


def test_certainty_that_was_wrong_costs_much_but_not_infinity() -> None:
    loss = metrics.log_loss(np.array([1]), np.array([[1.0, 0.0]]))
    assert loss == pytest.approx(-math.log(metrics.CLIP))


def test_given_labels_are_judged_instead_of_the_greatest() -> None:
    truth, probabilities = np.array([0, 1]), np.array([[0.9, 0.1], [0.1, 0.9]])
    found = metrics.classification(truth, probabilities, labels=np.array([-1, 1]))  # -1: a class nobody here knows
    assert found[Metric.ACCURACY] == 0.5


def test_f1_without_hits_is_zero() -> None:
    assert metrics.f1(np.array([0, 0]), np.array([0, 0]), 2) == 0.0
