from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from millrace.data.table import Table
from millrace.domain.schema import Column, Kind, Schema
from millrace.domain.spec import Metric, Task
from millrace.learning import folds, school
from millrace.learning.linear import LinearTrainer
from millrace.learning.school import School
from millrace.learning.trainer import Floats, Plan
from millrace.learning.trial import Configuration, Trial
from tests import rows, texts

RMSE, LOG_LOSS = Metric.RMSE, Metric.LOG_LOSS


def of(task: Task, count: int = 80, **more: object) -> School:
    table, answers = rows.typed(count, task)
    metric = LOG_LOSS if task.is_classification else RMSE
    return School.of(table, answers, rows.schema(task), metric, **more)  # type: ignore[arg-type]  # a test's own


def of_target(answers: Floats) -> School:
    table = Table({"x": np.arange(float(len(answers)))}, len(answers))
    return School.of(table, answers, Schema((Column("x", Kind.NUMBER),), "y", Task.REGRESSION, ()), RMSE)


@pytest.mark.parametrize(
    ("answers", "forms"),
    [
        (lambda random: random.normal(100.0, 1.0, 400), 1),
        (lambda random: random.lognormal(3.0, 1.0, 400), 2),
        (lambda random: random.lognormal(3.0, 1.0, 400) - 30.0, 1),  # no logarithm of negative numbers
        (lambda random: -random.lognormal(3.0, 1.0, 400), 1),
        (lambda _: np.full(400, 3.0), 1),
        (lambda random: random.pareto(1.1, 400) * 1e30, 2),
    ],
)
def test_a_skewed_target_is_tried_by_its_logarithm_too(
    answers: Callable[[np.random.Generator], Floats], forms: int
) -> None:
    made = of_target(answers(np.random.default_rng(0)))
    assert [link.is_log for link in made.links] == [False, True][:forms]


def test_classes_have_one_form() -> None:
    assert len(of(Task.BINARY).links) == len(of(Task.MULTICLASS).links) == 1


def test_matrices_are_made_once_when_they_are_asked_for() -> None:
    made = of(Task.BINARY)
    assert made.encodings == {}
    first = made.encoded(Plan.TREES, made.links[0])
    assert list(made.encodings) == [Plan.TREES]
    assert made.encoded(Plan.TREES, made.links[0]).matrix is first.matrix
    assert made.encoding(Plan.BENT).width == made.encoded(Plan.BENT, made.links[0]).matrix.shape[1]
    assert made.width == first.matrix.shape[1]


def test_what_nobody_asked_for_the_longest_makes_room_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    made = of(Task.BINARY)
    link = made.links[0]
    trees = made.encoded(Plan.TREES, link).matrix
    dense = made.encoded(Plan.DENSE, link).matrix
    assert made.encoded(Plan.TREES, link).matrix is trees
    monkeypatch.setattr(school, "HELD", trees.nbytes + made.encoded(Plan.BENT, link).matrix.nbytes - 1)
    crossed = made.encoded(Plan.CROSSED, link).matrix  # the others go
    assert made.encoded(Plan.CROSSED, link).matrix is crossed
    again = made.encoded(Plan.DENSE, link).matrix
    assert again is not dense
    np.testing.assert_array_equal(again, dense)
    assert made.width == trees.shape[1]


def test_a_configuration_gets_its_plan_and_its_form_of_the_target() -> None:
    made = of_target(np.random.default_rng(0).lognormal(3.0, 1.0, 100))
    usual, logarithm = made.links
    for link in (usual, logarithm):
        found = made.rows(Configuration(LinearTrainer(), {}, link, Plan.DENSE))
        np.testing.assert_array_equal(found.answers, link.wanted(made.answers))


def test_means_of_categories_leave_out_the_row_and_its_fold() -> None:
    """Whatever the fold that judges a row says, its matrix did not know its answer."""
    random = np.random.default_rng(0)
    names = np.array([f"city {i % 60}" for i in range(240)], dtype=object)
    schema = Schema((Column("c", Kind.CATEGORY, "?"),), "y", Task.REGRESSION, ())
    answers = random.normal(size=240)
    one = School.of(Table({"c": names}, 240), answers, schema, RMSE, folds=4)
    outside = one.folds.pairs[0][1]
    moved = answers.copy()
    moved[outside] = -moved[outside]
    other = School.of(Table({"c": names}, 240), moved, schema, RMSE, folds=4)
    scale, centre = one.links[0].scale, one.links[0].centre
    first = one.encoded(Plan.TREES, one.links[0]).matrix[outside, 0] * scale + centre
    second = other.encoded(Plan.TREES, other.links[0]).matrix[outside, 0] * other.links[0].scale + other.links[0].centre
    np.testing.assert_allclose(first, second, atol=1e-5)


def test_the_loss_is_of_the_rows_that_were_judged() -> None:
    made = of(Task.BINARY, folds=4)
    values = np.full((80, 2), np.nan)
    values[:10] = [0.3, 0.7]
    trial = Trial(Configuration(LinearTrainer(), {}, made.links[0], Plan.BENT), values, 0.0, 1, None)
    truth = np.asarray(made.answers[:10], dtype=np.int64)
    expected = -np.log(np.where(truth == 1, 0.7, 0.3)).mean()
    assert made.loss(trial) == pytest.approx(expected)


def test_few_rows_are_dealt_again_and_many_judged_in_part() -> None:
    few = school.deal(np.arange(60) % 2, rows.schema(Task.BINARY), None, 0, None, None)
    assert len(few.pairs) == 16
    asked = school.deal(np.arange(60) % 2, rows.schema(Task.BINARY), 5, 0, None, None)
    assert len(asked.pairs) == 5
    many = school.deal(np.arange(200_000) % 2, rows.schema(Task.BINARY), None, 0, None, None)
    assert [len(many.pairs), len(many.pairs[0][1])] == [folds.OTHERWISE[2], 200_000 // folds.OTHERWISE[0]]


def test_groups_never_straddle_and_time_only_goes_on() -> None:
    groups = np.arange(80) // 4
    for inside, outside in of(Task.BINARY, groups=groups, folds=4).folds.pairs:
        assert not set(groups[inside]) & set(groups[outside])
    times = np.random.default_rng(0).permutation(80).astype(np.float64)
    made = of(Task.REGRESSION, times=times, folds=4)
    assert made.folds.ordered
    assert made.ground(1, "").is_ordered
    for inside, outside in made.folds.pairs:
        assert times[inside].max() < times[outside].min()


def test_the_newest_are_judged_where_not_all_are() -> None:
    times = np.arange(200_000, dtype=np.float64)
    made = school.deal(np.zeros(200_000), rows.schema(Task.REGRESSION), None, 0, None, times)
    assert made.pairs[-1][1].max() == 199_999
    assert len(made.pairs) == folds.OTHERWISE[2]


def test_which_numbers_matter_is_seen_by_a_few_trees() -> None:
    random = np.random.default_rng(0)
    table = Table({name: random.normal(size=300) for name in "abc"}, 300)
    schema = Schema(tuple(Column(name, Kind.NUMBER) for name in "abc"), "y", Task.REGRESSION, ())
    made = School.of(table, table["a"] * table["c"], schema, RMSE)
    encoding = made.encoding(Plan.CROSSED)
    plain = made.encoding(Plan.TREES)
    assert encoding.width > plain.width
    assert encoding.transform(table).shape == (300, encoding.width)


def test_text_is_read_by_a_plan_of_its_own() -> None:
    table, answers = texts.messages(40, Task.BINARY)
    made = School.of(table, answers, texts.schema(Task.BINARY), LOG_LOSS)
    assert made.encoded(Plan.TEXT, made.links[0]).matrix.shape[0] == 40
