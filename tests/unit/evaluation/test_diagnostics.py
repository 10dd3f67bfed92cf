from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as peer

from millrace.domain.diagnostics import ClassRows
from millrace.domain.spec import Task
from millrace.evaluation import diagnostics
from millrace.evaluation.diagnostics import confusion, diagnose, histogram
from millrace.evaluation.guess import Guess
from millrace.evaluation.metrics import Index


def names(count: int) -> tuple[str, ...]:
    return tuple(f"c{number}" for number in range(count))


def answered(classes: int, rows: int) -> tuple[Index, Guess]:
    """The first class is the commonest, and so on."""
    random = np.random.default_rng(0)
    ranks = np.arange(classes, 0, -1)
    counts = rows * ranks // ranks.sum()
    counts[0] += rows - counts.sum()
    return random.permutation(np.repeat(np.arange(classes), counts)), Guess(random.dirichlet(np.ones(classes), rows))


def test_two_classes_are_drawn_by_the_second() -> None:
    truth, guess = answered(2, 100)
    found = diagnose(Task.BINARY, ("no", "yes"), np.array([0, 0, 1]), truth, guess, seed=0)
    assert [each.label for each in (*found.roc, *found.precision_recall)] == ["yes", "yes"]
    assert [each.label for each in found.calibration] == ["yes"]
    positive = int(truth.sum())
    assert found.classes == (ClassRows("no", 2, 100 - positive), ClassRows("yes", 1, positive))
    assert found.roc[0].area == pytest.approx(peer.roc_auc_score(truth, guess.values[:, 1]))
    assert found.confusion is not None
    assert found.confusion.counts == tuple(map(tuple, peer.confusion_matrix(truth, guess.chosen).tolist()))
    assert (found.residuals, found.scatter) == (None, None)


def test_more_classes_are_drawn_each_against_the_rest_and_no_more_than_a_few() -> None:
    truth, guess = answered(9, 500)
    found = diagnose(Task.MULTICLASS, names(9), truth, truth, guess, seed=0)
    assert [each.label for each in found.roc] == ["c0", "c1", "c2", "c3", "c4"]
    assert found.roc[1].area == pytest.approx(peer.roc_auc_score(truth == 1, guess.values[:, 1]))


def test_a_class_that_is_not_held_out_has_no_curve() -> None:
    guess = Guess(np.full((4, 2), 0.5))
    found = diagnose(Task.BINARY, names(2), np.array([0, 1]), np.zeros(4, dtype=np.int64), guess, seed=0)
    assert (found.roc, found.precision_recall, found.calibration) == ((), (), ())
    assert found.classes == (ClassRows("c0", 1, 4), ClassRows("c1", 1, 0))


def test_rare_classes_of_a_confusion_are_one() -> None:
    truth, guess = answered(40, 2000)
    found = confusion(names(40), truth, guess.chosen)
    assert (len(found.classes), found.grouped) == (12, 29)
    assert found.classes == (*names(11), "29 others")
    counts = np.array(found.counts)
    assert counts.sum() == 2000
    whole = peer.confusion_matrix(truth, guess.chosen, labels=range(40))
    np.testing.assert_array_equal(counts[:11, :11], whole[:11, :11])
    assert counts[11, 11] == whole[11:, 11:].sum()


def test_numbers_have_residuals_and_dots() -> None:
    random = np.random.default_rng(0)
    truth = random.normal(size=5000)
    predicted = truth - 1.0 + random.normal(scale=0.1, size=5000)
    predicted[0] = -1e9  # an outlier flattens nothing
    found = diagnose(Task.REGRESSION, (), truth, truth, Guess(predicted[:, None]), seed=0)
    assert found.residuals is not None
    assert sum(found.residuals.counts) == 5000
    assert 0.5 < found.residuals.edges[0] < 1.0 < found.residuals.edges[-1] < 1.5
    assert found.scatter is not None
    assert len(found.scatter.truth) == len(found.scatter.predicted) == diagnostics.DOTS
    assert list(found.scatter.truth) == sorted(found.scatter.truth)
    assert (found.roc, found.confusion) == ((), None)


def test_equal_residuals_are_one_bar() -> None:
    found = histogram(np.full(7, 3.0))
    assert (max(found.counts), sum(found.counts)) == (7, 7)
    assert (found.edges[0], found.edges[-1]) == (2.5, 3.5)
