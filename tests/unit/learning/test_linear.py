from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from millrace.domain.spec import Task
from millrace.learning import linear
from millrace.learning.linear import LinearTrainer, Weights
from millrace.learning.trainer import Answers, Floats, Lesson, Plan, Rows
from tests import lessons

TRAINER = LinearTrainer()
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def drawn(task: Task, rows: int = 200) -> Lesson:
    random = np.random.default_rng(0)
    x = random.normal(size=(rows, 3)).astype(np.float32)
    signal = x[:, 0].astype(np.float64) + random.normal(0.0, 0.5, rows)
    answers: Answers = signal
    if task.is_classification:
        answers = np.digitize(signal, [-0.5, 0.5] if task is Task.MULTICLASS else [0.0])
    return Lesson(task, {Task.BINARY: 2, Task.MULTICLASS: 3, Task.REGRESSION: 0}[task], Rows(x, answers))


def fit(lesson: Lesson, strength: float = 0.3, lasso: float = 0.0) -> Weights:
    return TRAINER.fit(lesson, {"strength": strength, "lasso": lasso})


@pytest.mark.parametrize("size", [0, 1000])
@pytest.mark.parametrize("task", [Task.BINARY, Task.MULTICLASS])
def test_either_solver_finds_what_a_peer_does(monkeypatch: pytest.MonkeyPatch, size: int, task: Task) -> None:
    monkeypatch.setattr(linear, "NEWTON_SIZE", size)
    lesson = drawn(task)
    found = fit(lesson).score(lesson.rows.matrix)
    peer = LogisticRegression(C=0.3, max_iter=1000, tol=1e-8).fit(lesson.rows.matrix, lesson.rows.answers)
    expected = peer.decision_function(lesson.rows.matrix).reshape(len(found), -1)
    np.testing.assert_allclose(found - found[:, -1:] * (task is Task.MULTICLASS), centred(expected, task), atol=2e-2)


def centred(scores: Floats, task: Task) -> Floats:
    return scores - scores[:, -1:] if task is Task.MULTICLASS else scores


@pytest.mark.parametrize("task", Task)
def test_of_very_many_rows_some_tell_all(monkeypatch: pytest.MonkeyPatch, task: Task) -> None:
    lesson = drawn(task, 4_000)
    whole = fit(lesson)
    monkeypatch.setattr(linear, "MOST_CELLS", 3 * 1_500)
    some = fit(lesson)
    assert not np.array_equal(some.coefficients, whole.coefficients)
    np.testing.assert_allclose(some.coefficients, whole.coefficients, atol=0.4)
    assert np.array_equal(some.coefficients, fit(lesson).coefficients)


def test_a_rare_class_is_among_them(monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = drawn(Task.BINARY, 4_000)
    lesson.rows.answers[:] = 0
    lesson.rows.answers[:3] = 1
    monkeypatch.setattr(linear, "MOST_CELLS", 3 * 400)
    assert fit(lesson).coefficients.any()


def test_numbers_are_ridges() -> None:
    lesson = drawn(Task.REGRESSION)
    found = fit(lesson, 0.5).score(lesson.rows.matrix)[:, 0]
    peer = Ridge(alpha=2.0).fit(lesson.rows.matrix.astype(np.float64), lesson.rows.answers)
    np.testing.assert_allclose(found, peer.predict(lesson.rows.matrix), atol=1e-5)


@pytest.mark.parametrize("task", list(Task))
def test_a_strong_penalty_makes_coefficients_small_and_lasso_makes_them_none(task: Task) -> None:
    lesson = drawn(task)
    weak, strong = (np.abs(fit(lesson, strength).coefficients).sum() for strength in (10.0, 0.001))
    assert strong < weak
    sparse = fit(lesson, 0.003, 0.5).coefficients
    assert (sparse == 0.0).any()


def test_coefficients_are_fp32_so_that_last_bits_are_gone() -> None:
    for task in Task:
        made = fit(drawn(task))
        np.testing.assert_array_equal(made.coefficients, made.coefficients.astype(np.float32))


@pytest.mark.parametrize("present", [[0, 1], [0, 2], [1, 2]])
def test_a_class_that_no_row_has_is_unlikely(present: list[int]) -> None:
    lesson = drawn(Task.MULTICLASS)
    answers = np.array(present)[(lesson.rows.matrix[:, 0] > 0).astype(np.int64)]
    made = fit(Lesson(Task.MULTICLASS, 3, Rows(lesson.rows.matrix, answers)))
    said = made.score(lesson.rows.matrix).argmax(axis=1)
    assert set(said.tolist()) == set(present)
    assert (said == answers).mean() > 0.95


def test_hinges_follow_a_curve() -> None:
    random = np.random.default_rng(0)
    size = random.normal(size=300)
    to = lessons.asked(TRAINER, Task.REGRESSION, 300)
    name = to.schema.features[0].name
    curved = lessons.Asked(type(to.table)({**to.table.columns, name: size}, 300), size**2, to.schema)
    errors = []
    for plan in (Plan.DENSE, Plan.BENT):
        predicted = lessons.fit(LinearTrainer(plan=plan), curved).predict(curved.table)[:, 0]
        errors.append(float(np.sqrt(np.mean((predicted - size**2) ** 2))))
    assert errors[1] < errors[0] / 2
