from __future__ import annotations

import numpy as np
import pytest

from millrace.data.table import Table
from millrace.domain.diagnostics import Dependence, Importance, Importances
from millrace.domain.schema import MISSING_TOKEN, Kind
from millrace.domain.spec import Metric, Task
from millrace.learning import dependence
from millrace.learning.dependence import dependences
from millrace.learning.export import export
from millrace.learning.linear import LinearTrainer
from millrace.learning.parity import Answered, Graph
from tests import lessons
from tests.lessons import Asked
from tests.rows import COLUMNS, schema, typed

NAMES = [column.name for column in COLUMNS]
SIZE, FLAG, SINCE, CITY = NAMES
ALL = Importances(Metric.LOG_LOSS, 300, 5, tuple(Importance(name, 1.0, 0.0) for name in NAMES))


class Counting(Graph):
    """A graph that counts its answers."""

    asked = 0

    def answer(self, table: Table) -> Answered:
        self.asked += table.rows
        return super().answer(table)


def fitted(task: Task, rows: int = 300) -> tuple[Counting, Table]:
    table, answers = typed(rows, task)
    pipeline = lessons.fit(LinearTrainer(), Asked(table, answers, schema(task)))
    return Counting(export(pipeline, schema(task)), schema(task)), table


def found(task: Task) -> dict[str, Dependence]:
    graph, table = fitted(task)
    made = dependences(graph, table, schema(task), ALL, seed=0)
    assert made is not None
    assert made.rows == 300
    return {each.feature: each for each in made.features}


@pytest.mark.parametrize("task", Task)
def test_each_point_is_the_mean_of_the_answers_with_the_feature_set_to_it(task: Task) -> None:
    graph, table = fitted(task)
    for name, each in found(task).items():
        column = schema(task).classes.index(each.label) if each.label else 0
        lines = []
        for index, value in enumerate(each.numbers or each.categories):
            held = MISSING_TOKEN if value is None else value
            dtype = object if each.kind.is_text else np.float64
            fixed = Table({**table.columns, name: np.full(table.rows, held, dtype=dtype)}, table.rows)
            lines.append(graph.answer(fixed).values[:, column])
            assert each.mean[index] == pytest.approx(lines[-1].mean(), rel=1e-5)
        level = np.mean(lines, axis=0) - np.mean(lines)
        for index, answers in enumerate(lines):
            moved = answers - level
            quartiles = np.quantile(moved.clip(0, 1) if each.label else moved, [0.25, 0.75])
            assert (each.low[index], each.high[index]) == pytest.approx(tuple(quartiles), rel=1e-5)


def test_values_are_quantiles_that_occur_and_the_commonest_categories() -> None:
    by_name = found(Task.BINARY)
    _, table = fitted(Task.BINARY)
    sizes = by_name[SIZE].numbers
    assert len(sizes) == dependence.POINTS
    assert set(sizes) <= set(table[SIZE].tolist())
    assert list(sizes) == sorted(sizes)
    assert by_name[FLAG].numbers == (0.0, 1.0)
    assert by_name[SINCE].kind is Kind.DATE
    values, counts = np.unique(table[CITY].astype(str), return_counts=True)
    commonest = values[np.argsort(-counts, kind="stable")].tolist()
    assert list(by_name[CITY].categories) == [None if each == MISSING_TOKEN else each for each in commonest]
    assert by_name[CITY].numbers == ()


def test_what_pushes_the_answer_up_is_seen_to() -> None:
    by_name = found(Task.BINARY)
    assert by_name[SIZE].label == "yes"
    assert by_name[SIZE].mean[-1] > by_name[SIZE].mean[0] + 0.1
    cities = dict(zip(by_name[CITY].categories, by_name[CITY].mean, strict=True))
    assert max(cities, key=lambda name: cities[name]) == "Paris"
    assert found(Task.REGRESSION)[SIZE].label is None


def test_of_several_classes_the_one_that_moves_most_is_drawn() -> None:
    graph, table = fitted(Task.MULTICLASS)
    made = found(Task.MULTICLASS)[FLAG]
    moves = {}
    for value in (0.0, 1.0):
        fixed = Table({**table.columns, FLAG: np.full(table.rows, value)}, table.rows)
        moves[value] = graph.answer(fixed).values.mean(axis=0)
    assert made.label == schema(Task.MULTICLASS).classes[int(np.abs(moves[1.0] - moves[0.0]).argmax())]


def test_the_work_is_bounded() -> None:
    graph, table = fitted(Task.BINARY, 600)
    made = dependences(graph, table, schema(Task.BINARY), ALL, seed=0, answers=3_000)
    assert made is not None
    assert dependence.FEWEST_ROWS <= made.rows < 600
    assert graph.asked <= 3_000
    assert dependences(graph, table, schema(Task.BINARY), ALL, seed=0, answers=3_000) == made


def test_withheld_columns_are_left_out_and_the_rest_is_in_the_order_of_importance() -> None:
    graph, table = fitted(Task.BINARY)
    order = Importances(Metric.AUC, 300, 5, tuple(Importance(name, 1.0, 0.0) for name in (SINCE, CITY, SIZE)))
    made = dependences(graph, table, schema(Task.BINARY), order, seed=0, withheld={CITY})
    assert made is not None
    assert [each.feature for each in made.features] == [SINCE, SIZE]
    assert dependences(graph, table, schema(Task.BINARY), order, seed=0, withheld=NAMES) is None


def test_what_never_varies_or_tells_every_row_apart_is_not_drawn() -> None:
    graph, table = fitted(Task.BINARY)
    each_other = np.array([f"text {row}" for row in range(table.rows)], dtype=object)
    none = np.full(table.rows, np.nan)
    odd = Table({**table.columns, CITY: each_other, SIZE: none, SINCE: np.full(table.rows, 5.0)}, table.rows)
    made = dependences(graph, odd, schema(Task.BINARY), ALL, seed=0)
    assert made is not None
    assert [each.feature for each in made.features] == [FLAG]


def test_a_long_value_is_cut_as_in_the_profile() -> None:
    graph, table = fitted(Task.BINARY)
    long = np.array(["x" * 500, "y"] * (table.rows // 2), dtype=object)
    made = dependences(graph, Table({**table.columns, CITY: long}, table.rows), schema(Task.BINARY), ALL, seed=0)
    assert made is not None
    assert max(len(each or "") for each in made.features[-1].categories) == dependence.LETTERS
