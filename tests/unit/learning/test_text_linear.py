from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from millrace.domain.spec import Task
from millrace.evaluation import metrics
from millrace.learning import text_encoding
from millrace.learning.link import Link
from millrace.learning.text_linear import LOSSES, TextLinear, TextLinearSettings, fit_linear
from millrace.learning.trainer import Rows
from tests.texts import COLUMN, messages

USUAL = TextLinearSettings()
EACH_LOSS = pytest.mark.parametrize("told", [TextLinearSettings(loss=loss) for loss in LOSSES], ids=LOSSES)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # it is meant to stop early


def data(task: Task, rows: int = 200) -> tuple[sp.csr_matrix, np.ndarray]:
    made, answers = messages(rows, task)
    return text_encoding.fit(made, [COLUMN]).transform(made), np.asarray(answers)


def probabilities(core: TextLinear, matrix: sp.csr_matrix, classes: int) -> np.ndarray:
    task = Task.BINARY if classes == 2 else Task.MULTICLASS
    return Link.to_classes(task, classes).apply(core.score(matrix))


@EACH_LOSS
@pytest.mark.parametrize("classes", [2, 3])
def test_scores_are_calibrated(told: TextLinearSettings, classes: int) -> None:
    matrix, answers = data(Task.BINARY if classes == 2 else Task.MULTICLASS, 1200)
    noise = np.random.default_rng(0)
    wrong = noise.random(1200) < 0.3
    answers = np.where(wrong, noise.integers(0, classes, 1200), answers)
    core = fit_linear(matrix[:600], answers[:600], classes, told, seed=0)
    said = probabilities(core, matrix[600:], classes)
    assert core.coefficients.dtype == core.intercept.dtype == np.float32
    assert core.coefficients.shape == (matrix.shape[1], 1 if classes == 2 else 3)
    best = said.max(axis=1)
    assert best.mean() == pytest.approx((said.argmax(axis=1) == answers[600:]).mean(), abs=0.05)


@EACH_LOSS
def test_the_same_work_gives_the_same_bits(told: TextLinearSettings) -> None:
    matrix, answers = data(Task.MULTICLASS)
    one, two = (fit_linear(matrix, answers, 3, told, seed=5) for _ in range(2))
    np.testing.assert_array_equal(one.coefficients, two.coefficients)
    np.testing.assert_array_equal(one.intercept, two.intercept)


@EACH_LOSS
def test_weights_count(told: TextLinearSettings) -> None:
    matrix, answers = data(Task.BINARY)
    flipped = 1 - answers
    both = sp.vstack([matrix, matrix], format="csr")
    weights = np.concatenate([np.ones(len(answers)), np.full(len(answers), 1e-6)])
    core = fit_linear(both, np.concatenate([answers, flipped]), 2, told, weights, seed=0)
    assert (probabilities(core, matrix, 2).argmax(axis=1) == answers).mean() > 0.95


def test_balance_helps_the_rare_class() -> None:
    matrix, answers = data(Task.BINARY)
    kept = np.flatnonzero((answers == 1) | (np.arange(len(answers)) % 12 == 0))
    told = [
        probabilities(fit_linear(matrix[kept], answers[kept], 2, TextLinearSettings(0.1, balance), seed=0), matrix, 2)
        for balance in (0.0, 1.0)
    ]
    plain, balanced = (float((each.argmax(axis=1) == 0)[answers == 0].mean()) for each in told)
    assert balanced > plain


def test_squared_hinges_are_another_model() -> None:
    matrix, answers = data(Task.MULTICLASS)
    one, two = (fit_linear(matrix, answers, 3, TextLinearSettings(loss=loss), seed=0) for loss in LOSSES)
    assert not np.allclose(one.coefficients, two.coefficients, atol=0.05)


@EACH_LOSS
@pytest.mark.parametrize(("present", "classes"), [([0], 2), ([1], 2), ([2], 3), ([0, 2], 3), ([1, 2, 3], 5)])
def test_classes_that_no_row_has_are_never_said(told: TextLinearSettings, present: list[int], classes: int) -> None:
    matrix, _ = data(Task.BINARY, 60)
    answers = np.array(present)[np.arange(60) % len(present)]
    core = fit_linear(matrix, answers, classes, told, seed=0)
    said = probabilities(core, matrix, classes)
    assert set(said.argmax(axis=1).tolist()) <= set(present)
    assert np.isfinite(metrics.log_loss(answers, said))


def test_numbers_are_predicted() -> None:
    matrix, answers = data(Task.REGRESSION)
    numbers = (answers - answers.mean()) / answers.std()
    core = fit_linear(matrix, numbers, 0, TextLinearSettings(strength=10.0), seed=0)
    assert np.corrcoef(core.score(matrix)[:, 0], numbers)[0, 1] > 0.95
    assert core.coefficients.shape == (matrix.shape[1], 1)


@EACH_LOSS
def test_the_input_is_left_as_it_was(told: TextLinearSettings) -> None:
    matrix, answers = data(Task.MULTICLASS, 60)
    before = matrix.copy()
    fit_linear(matrix, answers, 3, told, seed=0)
    assert (matrix != before).nnz == 0


@EACH_LOSS
@pytest.mark.parametrize("classes", [2, 3])
def test_rows_that_judge_say_how_far_scores_are_to_be_trusted(told: TextLinearSettings, classes: int) -> None:
    """Of a fit whose judge says the opposite next to nothing is believed."""
    matrix, answers = data(Task.BINARY if classes == 2 else Task.MULTICLASS)
    rows = Rows(matrix, answers)
    trusted = fit_linear(matrix, answers, classes, told, seed=0, judge=rows)
    doubted = fit_linear(matrix, answers, classes, told, seed=0, judge=Rows(matrix, (answers + 1) % classes))
    assert np.abs(doubted.coefficients).sum() < np.abs(trusted.coefficients).sum() / 5
    losses = [metrics.log_loss(answers, probabilities(each, matrix, classes)) for each in (trusted, doubted)]
    assert losses[0] < losses[1]
