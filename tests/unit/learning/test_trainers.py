"""Checks that every trainer must pass, ours and the example of docs/extending.md: a new one joins by being listed."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from millrace.data.table import Table
from millrace.domain import digest
from millrace.domain.schema import MISSING_TOKEN, Column, Kind, Schema
from millrace.domain.spec import Task
from millrace.learning import parity
from millrace.learning.export import export
from millrace.learning.search import measure
from millrace.learning.trainer import Answers, Budget, Fitted, Trainer
from millrace.usecases.train import TRAINERS
from tests.examples.least_squares import LeastSquaresTrainer
from tests.rows import COLUMNS, schema, typed

EVERY = pytest.mark.parametrize("trainer", [*TRAINERS, LeastSquaresTrainer()], ids=lambda trainer: trainer.name)
TASKS = pytest.mark.parametrize("task", list(Task))
EXACT = 1e-6  # of FP32 probabilities


def fit(trainer: Trainer, table: Table, answers: Answers, to: Schema, **more: object) -> Fitted:
    budget = more.pop("budget", Budget(1))
    assert isinstance(budget, Budget)
    weights = more.pop("weights", None)
    assert weights is None or isinstance(weights, np.ndarray)
    return trainer.fit(table, answers, to, weights=weights, seed=0, budget=budget)


def odd_rows() -> Table:
    """Rows unlike any of training: all missing, unseen, extreme."""
    values = {
        COLUMNS[0].name: np.array([np.nan, 1e300, -1e300, 5e-324, 170.0]),
        COLUMNS[1].name: np.array([np.nan, 1.0, 0.0, 0.0, 7.0]),
        COLUMNS[2].name: np.array([np.nan, 2.5e11, -6.2e10, 0.0, 86399.999]),
        COLUMNS[3].name: np.array([MISSING_TOKEN, "never seen", "", "köln", "Köln"], dtype=object),
    }
    return Table(values, 5)


@EVERY
@TASKS
def test_the_graph_says_what_the_pipeline_says(trainer: Trainer, task: Task) -> None:
    table, answers = typed(300, task)
    fitted = fit(trainer, table, answers, schema(task))
    model = export(fitted, schema(task))
    onnx.checker.check_model(onnx.load_from_string(model), full_check=True)
    for rows in (typed(200, task, seed=1)[0], odd_rows(), table.take(np.array([7])), table.take(np.arange(0))):
        found = parity.check(model, fitted, rows, schema(task))
        assert found.max_difference <= EXACT
        assert found.flips == 0


@EVERY
@TASKS
def test_it_learns(trainer: Trainer, task: Task) -> None:
    table, answers = typed(500, task)
    fresh, truth = typed(500, task, seed=1)
    predicted = fit(trainer, table, answers, schema(task)).predict(fresh)
    found = measure(task, truth, predicted)
    if task is Task.REGRESSION:
        assert found["r2"] > 0.6  # type: ignore[index]  # a Metric is a str
        return
    assert predicted.shape == (500, len(schema(task).classes))
    np.testing.assert_allclose(predicted.sum(axis=1), 1.0)
    assert found["auc"] > 0.85  # type: ignore[index]  # a Metric is a str


@EVERY
@TASKS
def test_equal_work_has_an_equal_digest(trainer: Trainer, task: Task) -> None:
    """Even with another number of threads."""
    table, answers = typed(200, task)
    made = [export(fit(trainer, table, answers, schema(task), budget=Budget(n)), schema(task)) for n in (1, 2, 1)]
    assert len({digest.of_bytes(model) for model in made}) == 1


@EVERY
@TASKS
def test_weights_count(trainer: Trainer, task: Task) -> None:
    table, answers = typed(200, task)
    even = fit(trainer, table, answers, schema(task), weights=np.ones(200)).predict(table)
    np.testing.assert_allclose(even, fit(trainer, table, answers, schema(task)).predict(table), atol=1e-3, rtol=1e-2)
    first = answers == answers.max() if task is not Task.REGRESSION else answers > np.median(answers)
    tilted = fit(trainer, table, answers, schema(task), weights=np.where(first, 50.0, 1.0)).predict(table)
    assert tilted[:, -1].mean() > even[:, -1].mean()


@EVERY
def test_any_column_name_will_do(trainer: Trainer) -> None:
    """Names that graphs use inside, blanks, quotes, slashes, other scripts."""
    names = ["t0", "t1", "t17", " x ", 'a"b', "a/b:0", "数", "Ünï", "\n"]
    random = np.random.default_rng(0)
    table = Table({name: random.normal(size=100) for name in names}, 100)
    answers = (table["t1"] > 0).astype(np.int64)
    named = Schema(tuple(Column(name, Kind.NUMBER) for name in names), "label", Task.BINARY, ("1", "0"))
    fitted = fit(trainer, table, answers, named)
    model = export(fitted, named)
    assert parity.check(model, fitted, table, named).max_difference <= EXACT
    assert [node.name for node in onnx.load_from_string(model).graph.input] == names


@EVERY
@pytest.mark.parametrize("kind", list(Kind))
def test_one_column_is_enough_even_without_a_value(trainer: Trainer, kind: Kind) -> None:
    """An inner fold may see nothing but blanks."""
    values = np.full(40, MISSING_TOKEN, dtype=object) if kind.is_text else np.full(40, np.nan)
    answers = np.arange(40) % 2
    single = Schema((Column("x", kind, MISSING_TOKEN),), "answer", Task.BINARY, ("a", "b"))
    fitted = fit(trainer, Table({"x": values}, 40), answers, single)
    np.testing.assert_allclose(fitted.predict(Table({"x": values}, 40)), 0.5, atol=1e-6)
    found = parity.check(export(fitted, single), fitted, Table({"x": values}, 40), single)
    assert found.max_difference <= EXACT


@EVERY
def test_a_class_of_one_row_is_no_obstacle(trainer: Trainer) -> None:
    table, answers = typed(60, Task.BINARY)
    answers = np.asarray(answers, dtype=np.int64)
    answers[5] = 2
    fitted = fit(trainer, table, answers, schema(Task.MULTICLASS))
    assert fitted.predict(table).shape == (60, 3)


@EVERY
def test_two_classes_may_be_asked_for_as_multiclass(trainer: Trainer) -> None:
    table, answers = typed(200, Task.BINARY)
    two = Schema(COLUMNS, "answer", Task.MULTICLASS, ("no", "yes"))
    fitted = fit(trainer, table, answers, two)
    assert parity.check(export(fitted, two), fitted, table, two).max_difference <= EXACT


@EVERY
@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_the_unit_of_a_target_does_not_matter(trainer: Trainer, scale: float) -> None:
    table, answers = typed(200, Task.REGRESSION)
    one = fit(trainer, table, answers, schema(Task.REGRESSION)).predict(table)
    other = fit(trainer, table, np.asarray(answers * scale, dtype=np.float64), schema(Task.REGRESSION)).predict(table)
    np.testing.assert_allclose(other / scale, one, rtol=1e-4)
