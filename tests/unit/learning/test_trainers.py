"""Checks that every trainer must pass, ours and the example of docs/extending.md: a new one joins by being listed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import onnx
import pytest

from millrace.data.table import Table
from millrace.domain import digest
from millrace.domain.schema import MISSING_TOKEN, Column, Kind, Schema
from millrace.domain.spec import Metric, Task
from millrace.evaluation import metrics
from millrace.learning import forests, parity
from millrace.learning.export import export
from millrace.learning.objective import score
from millrace.learning.portfolio import TRAINERS
from millrace.learning.space import OneOf, Real, Whole
from millrace.learning.trainer import Budget, Core, Floats, Trainer
from tests import lessons, texts
from tests.examples.least_squares import LeastSquaresTrainer
from tests.lessons import Asked
from tests.rows import COLUMNS

ALL: tuple[Trainer, ...] = (*TRAINERS, LeastSquaresTrainer())
TABULAR = tuple(trainer for trainer in ALL if not trainer.plan.reads_text)
EVERY = pytest.mark.parametrize("trainer", ALL, ids=lambda trainer: trainer.name)
OF_TABLES = pytest.mark.parametrize("trainer", TABULAR, ids=lambda trainer: trainer.name)
TASKS = pytest.mark.parametrize("task", list(Task))
EXACT = 1e-5  # of probabilities, or of the target's deviation
FEW_TREES = (20, 200)  # and their leaves
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # as a search has it


@pytest.fixture(autouse=True)
def _small_forests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forests, "_bounds", lambda _: FEW_TREES)


def odd_rows(to: Asked) -> Table:
    """Rows unlike any of training: all missing, unseen, infinite, beyond FP32, and texts of every kind."""
    if to.schema.has_text:
        age = np.resize([np.nan, 1e300, -np.inf, 5e-324], len(texts.ODD))
        return Table({texts.COLUMN.name: np.array(texts.ODD, dtype=object), texts.AGE.name: age}, len(texts.ODD))
    values = {
        COLUMNS[0].name: np.array([np.nan, 1e300, -1e300, 5e-324, 170.0, np.inf, -np.inf]),
        COLUMNS[1].name: np.array([np.nan, 1.0, 0.0, 0.0, 7.0, np.inf, 1e39]),
        COLUMNS[2].name: np.array([np.nan, 2.5e11, -6.2e10, 0.0, 86399.999, -np.inf, np.inf]),
        COLUMNS[3].name: np.array([MISSING_TOKEN, "never seen", "", "köln", "Köln", "x" * 10_000, "a\x00b"], object),
    }
    return Table(values, 7)


def after(times: int) -> Callable[[], bool]:
    """What says no so many times, and yes from then on."""
    left = iter([False] * times)
    return lambda: next(left, True)


def predicted(trainer: Trainer, to: Asked, **more: Any) -> Floats:
    """Answers to the rows that were learned from."""
    return lessons.fit(trainer, to, **more).predict(to.table)


@EVERY
@TASKS
def test_the_graph_says_what_the_pipeline_says(trainer: Trainer, task: Task) -> None:
    to = lessons.asked(trainer, task)
    fitted = lessons.fit(trainer, to)
    model = export(fitted, to.schema)
    onnx.checker.check_model(onnx.load_from_string(model), full_check=True)
    fresh = lessons.asked(trainer, task, 60, seed=1).table
    for rows in (fresh, odd_rows(to), to.table.take(np.array([7])), to.table.take(np.arange(0))):
        found = parity.check(model, fitted, rows, to.schema)
        assert found.max_difference <= EXACT
        assert found.flips_far == 0
        assert fitted.predict(rows).shape == (rows.rows, max(1, len(to.schema.classes)))


@EVERY
@TASKS
def test_it_learns(trainer: Trainer, task: Task) -> None:
    to, fresh = lessons.asked(trainer, task, 300), lessons.asked(trainer, task, 300, seed=1)
    answers = lessons.blend(trainer, lessons.teach(trainer, to, rounds=40)).predict(fresh.table)
    metric = Metric.AUC if task.is_classification else Metric.R2
    found = score(metric, fresh.answers, answers)
    assert found is not None
    assert found > (0.85 if task.is_classification else 0.6)
    if task.is_classification:
        np.testing.assert_allclose(answers.sum(axis=1), 1.0)


@EVERY
@TASKS
def test_equal_work_has_an_equal_digest(trainer: Trainer, task: Task) -> None:
    """Even with another number of threads."""
    to = lessons.asked(trainer, task)
    made = [lessons.exported(trainer, to, budget=Budget(threads), seed=3) for threads in (1, 2, 1)]
    assert len({digest.of_bytes(model) for model in made}) == 1


@EVERY
@TASKS
def test_nothing_that_it_is_given_changes(trainer: Trainer, task: Task) -> None:
    to = lessons.asked(trainer, task, 80)
    before = {name: np.array(values) for name, values in to.table.columns.items()}
    weights = np.linspace(1.0, 2.0, 80)
    taught = lessons.teach(trainer, to, weights=weights, rounds=3)
    lesson = replace(taught.lesson, judge=taught.lesson.rows)
    matrix, answers = lesson.rows.matrix.copy(), np.array(lesson.rows.answers)
    trainer.fit(lesson, trainer.portfolio[0])
    for name, values in before.items():
        np.testing.assert_array_equal(to.table[name], values)
    if trainer.plan.reads_text:
        assert (matrix != lesson.rows.matrix).nnz == 0
    else:
        np.testing.assert_array_equal(matrix, lesson.rows.matrix)
    np.testing.assert_array_equal(answers, lesson.rows.answers)
    np.testing.assert_array_equal(weights, np.linspace(1.0, 2.0, 80))


@EVERY
@TASKS
def test_the_order_of_columns_does_not_matter(trainer: Trainer, task: Task) -> None:
    """But for what chance draws, which is by place."""
    to = lessons.asked(trainer, task)
    turned = Asked(to.table, to.answers, replace(to.schema, features=to.schema.features[::-1]))
    one, other = predicted(trainer, to), predicted(trainer, turned)
    assert np.corrcoef(one[:, -1], other[:, -1])[0, 1] > 0.95


@EVERY
@TASKS
def test_weights_count(trainer: Trainer, task: Task) -> None:
    """Equal ones change nothing but what chance draws; heavy rows draw answers to rows never seen their way."""
    to, fresh = lessons.asked(trainer, task, 120), lessons.asked(trainer, task, 60, seed=1)
    answers = np.random.default_rng(0).permutation(to.answers)  # which nothing tells, so that all depends on weights
    noise = Asked(to.table, answers, to.schema)
    even, plain = (predicted(trainer, to, weights=each) for each in (np.ones(120), None))
    assert np.corrcoef(even[:, -1], plain[:, -1])[0, 1] > 0.95
    first = answers == answers.max() if task.is_classification else answers > np.median(answers)
    flat, tilted = (
        lessons.fit(trainer, noise, weights=each).predict(fresh.table) for each in (None, np.where(first, 20.0, 1.0))
    )
    assert tilted[:, -1].mean() > flat[:, -1].mean() + 0.1 * (1.0 if task.is_classification else np.std(answers))


@EVERY
@TASKS
def test_a_checkpoint_of_it_gives_the_same_bytes(trainer: Trainer, task: Task) -> None:
    to = lessons.asked(trainer, task, 100)
    taught = lessons.teach(trainer, to, rounds=8)
    fitted = lessons.blend(trainer, taught)
    (member,) = fitted.members
    kept = trainer.load(dict(member.core.dump()))
    again = replace(fitted, members=(replace(member, core=kept),))
    assert export(again, to.schema) == export(fitted, to.schema)
    np.testing.assert_allclose(again.predict(to.table), fitted.predict(to.table), rtol=1e-5)
    assert (kept.rounds, kept.size, kept.cost) == (member.core.rounds, member.core.size, member.core.cost)


@EVERY
@TASKS
def test_the_mean_of_two_scores_as_the_mean_of_their_scores(trainer: Trainer, task: Task) -> None:
    """Or, of forests, of what their trees vote."""
    to = lessons.asked(trainer, task, 100)
    one, two = (lessons.fit(trainer, to, seed=seed) for seed in (0, 1))
    cores = [fitted.members[0].core for fitted in (one, two)]
    mean = replace(one, members=(replace(one.members[0], core=cores[0].mean(cores[1:])),))
    apart = (one.predict(to.table) + two.predict(to.table)) / 2.0
    assert np.abs(mean.predict(to.table) - apart).max() < 0.1 * one.unit
    assert parity.check(export(mean, to.schema), mean, odd_rows(to), to.schema).max_difference <= EXACT


@EVERY
@TASKS
def test_more_budget_is_never_worse(trainer: Trainer, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the rows that judge; of trees that are grown apart a few more may be worse by chance.

    A budget is here how often it may be asked whether it is over, so that no clock decides.
    """
    monkeypatch.setattr(forests, "STEP_TREES", 1)
    to = lessons.asked(trainer, task, 300)
    whole = lessons.teach(trainer, to, rounds=None).lesson
    judge = whole.rows.take(np.arange(200, 300))
    part = replace(whole, rows=whole.rows.take(np.arange(200)), judge=judge)
    losses = []
    for asked in (1, 4, 16, 64):
        core = trainer.fit(replace(part, budget=Budget(interrupted=after(asked))), trainer.portfolio[0])
        scores = core.score(judge.matrix)
        if task.is_classification:
            losses.append(metrics.log_loss(np.asarray(judge.answers), to.link.apply(scores)))
        else:
            losses.append(float(np.mean((np.asarray(judge.answers) - scores[:, 0]) ** 2)))
    slack = 1.1 if isinstance(trainer, forests.ForestTrainer) else 1.0
    assert all(later <= earlier * slack for earlier, later in pairwise(losses)), losses
    can_be_ended = trainer.seconds(100_000, 50, 3) == 0.0 or slack > 1.0
    assert losses[-1] < losses[0] if can_be_ended else len(set(losses)) == 1


@EVERY
@TASKS
def test_it_stops_when_the_judging_rows_say_so_and_honours_rounds(trainer: Trainer, task: Task) -> None:
    to = lessons.asked(trainer, task, 120)
    taught = lessons.teach(trainer, to, rounds=None)
    inside, outside = np.arange(80), np.arange(80, 120)
    rows = taught.lesson.rows
    noise = np.random.default_rng(0).permutation(rows.answers[outside])
    judge = replace(rows.take(outside), answers=noise)  # what nothing can predict is soon given up
    judged = trainer.fit(replace(taught.lesson, rows=rows.take(inside), judge=judge), trainer.portfolio[0])
    if judged.rounds is None:
        return
    assert 1 <= judged.rounds < 200
    for rounds in (1, 4):
        core = trainer.fit(replace(taught.lesson, rounds=rounds), trainer.portfolio[0])
        assert core.rounds == rounds


@EVERY
@TASKS
def test_a_fit_ends_soon_after_its_time(trainer: Trainer, task: Task) -> None:
    if trainer.seconds(100_000, 50, 3) > 0.0:
        return  # it can't be ended early, and says how long it takes instead
    to = lessons.asked(trainer, task, 120)
    taught = lessons.teach(trainer, to, rounds=None, budget=Budget(until=time.monotonic() - 1.0))
    began = time.monotonic()
    fitted = lessons.blend(trainer, taught)
    assert time.monotonic() - began < 2.0
    assert fitted.members[0].core.rounds in {1, 2}
    assert np.isfinite(fitted.predict(to.table)).all()


@EVERY
def test_what_it_says_of_itself(trainer: Trainer) -> None:
    """A point of the portfolio is one of the space; time grows with rows."""
    assert trainer.name
    assert trainer.version >= 1
    for settings in trainer.portfolio:
        assert set(trainer.space) <= set(settings)
        for name, each in trainer.space.items():
            match each:
                case Real(low, high) | Whole(low, high):
                    assert low <= float(settings[name]) <= high
                case OneOf(choices):
                    assert settings[name] in choices
    few, many = trainer.seconds(1_000, 20, 2), trainer.seconds(100_000, 20, 2)
    assert (few, many) == (0.0, 0.0) or 0.0 < few < many
    assert all(trainer.suits(task, 2, 1_000, 20) for task in Task)


@EVERY
def test_size_and_cost_grow_with_what_was_learned(trainer: Trainer) -> None:
    to = lessons.asked(trainer, Task.BINARY, 100)
    core: Core = lessons.fit(trainer, to).members[0].core
    size = len(lessons.exported(trainer, to))
    assert 0 < core.size < size * 4
    assert core.cost > 0.0


@OF_TABLES
def test_any_column_name_will_do(trainer: Trainer) -> None:
    """Names that graphs use inside, blanks, quotes, slashes, other scripts."""
    names = ["t0", "t1", "t17", " x ", 'a"b', "a/b:0", "数", "Ünï", "\n"]
    random = np.random.default_rng(0)
    table = Table({name: random.normal(size=100) for name in names}, 100)
    named = Schema(tuple(Column(name, Kind.NUMBER) for name in names), "label", Task.BINARY, ("1", "0"))
    to = Asked(table, (table["t1"] > 0).astype(np.int64), named)
    fitted = lessons.fit(trainer, to)
    model = export(fitted, named)
    assert parity.check(model, fitted, table, named).max_difference <= EXACT
    assert [node.name for node in onnx.load_from_string(model).graph.input] == names


BLANK: Mapping[str, Any] = {"missing": (np.nan, MISSING_TOKEN), "constant": (7.0, "always")}


@EVERY
@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("filled", list(BLANK))
def test_one_column_is_enough_even_without_a_value(trainer: Trainer, kind: Kind, filled: str) -> None:
    """An inner fold may see nothing but blanks."""
    if trainer.plan.reads_text is not (kind is Kind.TEXT):
        return
    number, text = BLANK[filled]
    values = np.full(40, text, dtype=object) if kind.is_text else np.full(40, number)
    single = Schema((Column("x", kind, MISSING_TOKEN),), "answer", Task.BINARY, ("a", "b"))
    to = Asked(Table({"x": values}, 40), np.arange(40) % 2, single)
    fitted = lessons.fit(trainer, to)
    # Epochs and drawn rows leave some a little off.
    np.testing.assert_allclose(fitted.predict(to.table), 0.5, atol=0.06 if trainer.plan.reads_text else 0.02)
    assert parity.check(export(fitted, single), fitted, to.table, single).max_difference <= EXACT


@OF_TABLES
@TASKS
def test_empty_and_constant_columns_do_no_harm(trainer: Trainer, task: Task) -> None:
    to = lessons.asked(trainer, task)
    count = to.table.rows
    more = {
        "empty": np.full(count, np.nan),
        "same": np.full(count, 1e12),
        "none": np.full(count, MISSING_TOKEN, object),
    }
    columns = (Column("empty", Kind.DATE), Column("same", Kind.NUMBER), Column("none", Kind.CATEGORY, MISSING_TOKEN))
    wider = replace(to.schema, features=(*to.schema.features, *columns))
    with_them = predicted(trainer, Asked(Table({**to.table.columns, **more}, count), to.answers, wider))
    assert np.corrcoef(with_them[:, -1], predicted(trainer, to)[:, -1])[0, 1] > 0.9


@EVERY
def test_a_class_of_one_row_is_no_obstacle(trainer: Trainer) -> None:
    to = lessons.asked(trainer, Task.MULTICLASS, 60)
    answers = np.minimum(np.asarray(to.answers, dtype=np.int64), 1)
    answers[5] = 2
    said = predicted(trainer, Asked(to.table, answers, to.schema))
    assert said.shape == (60, 3)
    assert np.isfinite(said).all()


@EVERY
def test_a_class_that_no_row_has_is_never_likely(trainer: Trainer) -> None:
    """A fold may lack one, and its model is asked for all."""
    to = lessons.asked(trainer, Task.MULTICLASS, 60)
    answers = np.minimum(np.asarray(to.answers, dtype=np.int64), 1)
    lacking = Asked(to.table, answers, to.schema)
    fitted = lessons.fit(trainer, lacking)
    assert fitted.predict(to.table)[:, 2].max() < 0.35
    assert parity.check(export(fitted, to.schema), fitted, to.table, to.schema).max_difference <= EXACT


@EVERY
@pytest.mark.parametrize("task", [Task.BINARY, Task.MULTICLASS])
def test_rows_of_one_class_are_no_obstacle(trainer: Trainer, task: Task) -> None:
    """An early fold by time may know one class only."""
    to = lessons.asked(trainer, task, 40)
    one = Asked(to.table, np.ones(40, dtype=np.int64), to.schema)
    said = predicted(trainer, one)
    assert (said.argmax(axis=1) == 1).all()


@EVERY
def test_a_constant_target_is_learned(trainer: Trainer) -> None:
    to = lessons.asked(trainer, Task.REGRESSION, 40)
    said = predicted(trainer, Asked(to.table, np.full(40, 3.25), to.schema))
    np.testing.assert_allclose(said, 3.25, atol=0.2)


@EVERY
def test_two_classes_may_be_asked_for_as_multiclass(trainer: Trainer) -> None:
    to = lessons.asked(trainer, Task.BINARY, 100)
    two = replace(to.schema, task=Task.MULTICLASS)
    fitted = lessons.fit(trainer, Asked(to.table, to.answers, two))
    assert parity.check(export(fitted, two), fitted, to.table, two).max_difference <= EXACT
    np.testing.assert_allclose(fitted.predict(to.table), predicted(trainer, to), rtol=1e-9)


@EVERY
@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_the_unit_of_a_target_does_not_matter(trainer: Trainer, scale: float) -> None:
    to = lessons.asked(trainer, Task.REGRESSION, 100)
    one = predicted(trainer, to)
    other = predicted(trainer, Asked(to.table, np.asarray(to.answers * scale, dtype=np.float64), to.schema))
    # Rounding decides between splits that are equally good.
    assert np.abs(other / scale - one).mean() < 0.03 * np.std(to.answers)


@OF_TABLES
@TASKS
def test_wild_numbers_to_learn_from_do_no_harm(trainer: Trainer, task: Task) -> None:
    to = lessons.asked(trainer, task)
    name = COLUMNS[0].name
    values = np.array(to.table[name], dtype=np.float64)
    values[:8] = [np.inf, -np.inf, 1e39, -1e300, 1.7e308, -1.7e308, 5e-324, np.nan]
    wild = Asked(Table({**to.table.columns, name: values}, to.table.rows), to.answers, to.schema)
    fitted = lessons.fit(trainer, wild)
    assert np.isfinite(fitted.predict(wild.table)).all()
    assert parity.check(export(fitted, wild.schema), fitted, wild.table, wild.schema).max_difference <= EXACT


@OF_TABLES
@TASKS
def test_a_handful_of_rows_is_enough(trainer: Trainer, task: Task) -> None:
    to = lessons.asked(trainer, task, 5)
    answers = np.arange(5) % max(2, len(to.schema.classes)) if task.is_classification else np.arange(5.0)
    fitted = lessons.fit(trainer, Asked(to.table, answers, to.schema))
    assert np.isfinite(fitted.predict(to.table)).all()
