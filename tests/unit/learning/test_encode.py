from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millrace.data.table import Table
from millrace.domain.schema import MISSING_TOKEN, Column, Kind, Schema
from millrace.domain.spec import Task
from millrace.learning import encode, folds
from millrace.learning.dates import PARTS
from millrace.learning.encode import FEW, MEANS, SHOWN, Encoding, Taught
from millrace.learning.scaled import CYCLES, KNOTS
from millrace.learning.text_matrix import TextMatrix
from millrace.learning.trainer import Answers, Matrix, Plan
from tests import rows, texts

TABULAR = [Plan.TREES, Plan.DENSE, Plan.BENT, Plan.QUANTILES]
OF_TABLES = pytest.mark.parametrize("plan", TABULAR)
CITY = Column("c", Kind.CATEGORY, MISSING_TOKEN)


def taught(table: Table, schema: Schema, answers: Answers) -> Taught:
    numbers = folds.assign(answers, schema.task, 4, seed=0)
    return Taught.of(table, schema, answers, None, numbers)


def encoded(plan: Plan, task: Task = Task.BINARY, count: int = 60) -> tuple[Encoding, Matrix, Table]:
    table, answers = rows.typed(count, task)
    encoding, matrix = encode.fit(taught(table, rows.schema(task), answers), plan)
    assert isinstance(encoding, Encoding)
    return encoding, matrix, table


def of_city(values: list[str], answers: Answers, task: Task = Task.BINARY, classes: int = 2) -> Taught:
    names = tuple(f"class {i:03}" for i in range(classes)) if task.is_classification else ()
    table = Table({"c": np.array(values, dtype=object)}, len(values))
    return taught(table, Schema((CITY,), "y", task, names), answers)


@OF_TABLES
def test_the_width_is_that_of_the_matrix(plan: Plan) -> None:
    encoding, matrix, table = encoded(plan)
    numbers, cycles = 2 + len(PARTS), 2 * len(CYCLES)
    assert matrix.shape == encoding.transform(table).shape == (60, encoding.width)
    assert matrix.dtype == np.float32
    if plan is Plan.TREES:
        assert encoding.width == numbers + 4
    elif plan is Plan.DENSE:
        assert encoding.width == numbers * 2 + cycles + 4
    else:
        assert numbers * 2 + cycles + 4 < encoding.width <= numbers * (2 + KNOTS) + cycles + 4


@OF_TABLES
def test_few_categories_have_an_indicator_each(plan: Plan) -> None:
    values = ["a", "b", "b", MISSING_TOKEN, MISSING_TOKEN, "a", "b", "once"]
    encoding, matrix = encode.fit(of_city(values, np.arange(8) % 2), plan)
    asked = Table({"c": np.array(["a", MISSING_TOKEN, "once", "new"], dtype=object)}, 4)
    assert encoding.transform(asked).tolist() == [[0, 0, 1], [0, 1, 0], [0, 0, 0], [0, 0, 0]]
    np.testing.assert_array_equal(matrix, encoding.transform(of_city(values, np.arange(8) % 2).table))


@OF_TABLES
@pytest.mark.parametrize(("task", "classes", "means"), [(Task.BINARY, 2, 1), (Task.MULTICLASS, 3, 3)])
def test_many_categories_have_means_of_the_target_too(plan: Plan, task: Task, classes: int, means: int) -> None:
    count = FEW + 1
    values = [f"city {i % count}" for i in range(count * 4)]
    answers = np.array([hash_of(i % count) % classes for i in range(count * 4)])
    asked = of_city(values, answers, task, classes)
    encoding, matrix = encode.fit(asked, plan)
    shown = FEW if plan is Plan.TREES else min(SHOWN, count)
    assert encoding.width == means + shown + (plan is Plan.TREES)
    inside = encoding.transform(asked.table)
    np.testing.assert_array_equal(matrix[:, means:], inside[:, means:])
    assert (matrix[:, :means] != inside[:, :means]).any()


def hash_of(number: int) -> int:
    return number * 2654435761 % 97


def test_of_very_many_classes_no_means_are_taken() -> None:
    count = FEW + 1
    values = [f"city {i % count}" for i in range(count * 3)]
    classes = MEANS + 1
    encoding, _ = encode.fit(of_city(values, np.arange(count * 3) % classes, Task.MULTICLASS, classes), Plan.TREES)
    assert encoding.width == FEW + 1


def test_answers_of_a_row_do_not_reach_its_own_encoding() -> None:
    count = FEW + 10
    values = [f"city {i % count}" for i in range(count * 4)]
    answers = np.random.default_rng(0).normal(size=count * 4)
    one = of_city(values, answers, Task.REGRESSION, 0)
    moved = answers.copy()
    moved[one.folds == 0] += 50.0
    other = of_city(values, moved, Task.REGRESSION, 0)
    first, second = (encode.fit(each, Plan.TREES)[1] for each in (one, other))
    np.testing.assert_array_equal(first[one.folds == 0], second[one.folds == 0])
    assert (first[one.folds != 0] != second[one.folds != 0]).any()


def test_rows_go_by_parts_and_come_back_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    encoding, matrix, table = encoded(Plan.TREES)
    monkeypatch.setattr(encode, "PART", 7)
    np.testing.assert_array_equal(encoding.transform(table), matrix)
    assert encoding.transform(table.take(np.arange(0))).shape == (0, encoding.width)


def test_of_free_text_a_table_tells_whether_it_is_there() -> None:
    text = Column("t", Kind.TEXT, MISSING_TOKEN)
    table = Table({"t": np.array(["a b c", MISSING_TOKEN, ""], dtype=object)}, 3)
    asked = taught(table, Schema((text,), "y", Task.BINARY, ("a", "b")), np.array([0, 1, 0]))
    encoding, matrix = encode.fit(asked, Plan.DENSE)
    assert matrix.tolist() == encoding.transform(table).tolist() == [[0.0], [1.0], [0.0]]


@pytest.mark.parametrize("plan", [Plan.TEXT, Plan.CHARACTERS])
def test_text_stands_before_what_else_there_is(plan: Plan) -> None:
    table, answers = texts.messages(40, Task.BINARY)
    alone, found = encode.fit(taught(table, texts.schema(Task.BINARY), answers), plan)
    both, wider = encode.fit(taught(table, texts.schema(Task.BINARY, texts.AGE), answers), plan)
    assert isinstance(alone, TextMatrix)
    assert alone.others is None
    assert both.width == alone.width + 2  # the age, and whether the text is missing
    assert wider.shape == (40, both.width)
    assert (wider[:, : alone.width] != found).nnz == 0
    assert (wider != both.transform(table)).nnz == 0
    assert alone.step in both.step


@given(seed=st.integers(0, 100), plan=st.sampled_from(TABULAR))
@settings(max_examples=15, deadline=None)
def test_a_column_of_the_matrix_is_of_one_raw_column(seed: int, plan: Plan) -> None:
    """Changing one raw column leaves the others' part as it was."""
    encoding, matrix, table = encoded(plan, count=40)
    name = rows.COLUMNS[0].name
    other = np.random.default_rng(seed).permutation(table[name])
    changed = encoding.transform(Table({**table.columns, name: other}, table.rows)) != matrix
    changed &= ~np.isnan(matrix)
    assert changed.any(axis=0).sum() <= 2 + KNOTS


def test_how_wide_a_table_will_be_is_known_before() -> None:
    table, _ = rows.typed(60, Task.BINARY)
    assert encode.width(table, rows.schema(Task.BINARY)) == encoded(Plan.BENT)[0].width
