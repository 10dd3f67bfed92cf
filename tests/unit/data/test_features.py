from __future__ import annotations

import pytest

from millrace.data import features
from millrace.domain.errors import Rejected
from millrace.domain.schema import Kind
from millrace.domain.spec import Spec, Task
from tests.rows import written

TABLE = written(
    {
        "id": [f"user-{i}" for i in range(6)],
        "size": [1, 2, 3, 4, 5, 6],
        "empty": [None] * 6,
        "same": ["x"] * 6,
        "once": ["x", "x", "x", None, "x", "x"],
        "nearly": ["1", "2", "3", "4", "5", "six"],
        "answer": ["a", "b"] * 3,
    }
)


def chosen(spec: Spec, task: Task = Task.BINARY) -> features.Features:
    return features.choose(TABLE, spec, "answer", task)


def test_what_teaches_nothing_is_left_out_and_said() -> None:
    found = chosen(Spec(exclude=("nearly",)))
    assert [(column.name, column.kind) for column in found.columns] == [("size", Kind.NUMBER), ("once", Kind.CATEGORY)]
    assert [(warning.code, warning.columns) for warning in found.warned] == [
        ("identifier_column", ("id",)),
        ("empty_column", ("empty",)),
        ("constant_column", ("same",)),
    ]
    assert [column.name for column in found.left_out] == ["id", "empty", "same", "nearly"]
    assert {decision.what: decision.choice for decision in found.decisions} == {
        "column id": "left out",
        "column size": "number",
        "column empty": "left out",
        "column same": "left out",
        "column once": "category",
    }


def test_only_what_the_spec_names_in_the_order_of_the_file() -> None:
    assert [column.name for column in chosen(Spec(features=("once", "size"))).columns] == ["size", "once"]


def test_a_nearly_numeric_column_is_pointed_out() -> None:
    table = written({"nearly": ["1", "2", "3", "4", "six", "4"], "answer": ["a", "b"] * 3})
    (warning,) = features.choose(table, Spec(), "answer", Task.BINARY).warned
    assert warning.code == "nearly_numbers"
    assert "4 of its 5 distinct values are numbers" in warning.says


def test_a_column_that_is_nearly_numbers_is_no_identifier() -> None:
    (column,) = chosen(Spec(features=("nearly",))).columns
    assert (column.name, column.kind) == ("nearly", Kind.CATEGORY)


def test_numbers_with_one_cell_that_is_none_stay_numbers() -> None:
    values = [*(f"{number}.5" for number in range(599)), "?"]
    table = written({"nearly": values, "answer": ["a", "b"] * 300})
    found = features.choose(table, Spec(), "answer", Task.BINARY)
    assert [(column.name, column.kind) for column in found.columns] == [("nearly", Kind.NUMBER)]
    assert [warning.code for warning in found.warned] == ["unreadable_values"]
    (decision,) = found.decisions
    assert (decision.choice, "the other 1 value(s) count as missing" in decision.why) == ("number", True)
    assert found.written.spell(found.columns)["nearly"][-1] != found.written.spell(found.columns)["nearly"][-1]  # NaN


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["2,345.67", "1,020.00", "950.10", "12,345,678"], "numbers written as '1,234.50'"),
        (["2.345,67", "1.020,00", "12.345.678,9"], "numbers written as '1.234,50'"),
        (["2 345.67", "1\u00a0020", "12'345.00"], "numbers written as '1 234.50'"),
        (["2,5", "10,25", "3"], "numbers written as '12,5'"),
        (["31.2%", "4 %", "-1.5%"], "numbers written as '31.2%'"),
        (["$1,200.50", "$ 3", "-$4.10"], "numbers written as '$12.50'"),
        (["3 €", "4,10€", "n/a"], "numbers written as '12.50 €'"),
        (["13/07/2019", "1/2/19", "31/12/2020"], "dates written as '31/12/2026'"),
        (["13.07.2019 10:30", "14.07.2019", "15.07.2019"], "dates written as '31/12/2026'"),
        (["2019/07/13", "2019/07/14", "2019-07-15"], "dates written as '2026/12/31'"),
        (["red", "blue", "2,5"], None),
        (["10-20", "20-30", "30-40"], None),
        (["Lyon, 2", "Paris, 3", "Köln, 4"], None),
        (["1", "2", "3", "4", "13/07/2019"], None),
        (["2019-07-13", "2019-07-14", "2019-07-15"], None),
    ],
)
@pytest.mark.parametrize("repeats", [1, 4])  # standing once, the column is left out too
def test_a_column_in_a_spelling_that_is_not_read_is_pointed_out(
    texts: list[str], said: str | None, repeats: int
) -> None:
    values = texts * repeats
    table = written({"income": values, "size": list(range(len(values))), "answer": ["a", *["b"] * (len(values) - 1)]})
    found = features.choose(table, Spec(), "answer", Task.BINARY)
    looks = [warning.says for warning in found.warned if warning.code == "unread_spelling"]
    assert looks == ([f"column 'income' looks like {said}; it was read as text"] if said else [])


@pytest.mark.parametrize(
    ("spec", "code", "field"),
    [
        (Spec(features=("sise",)), "unknown_column", "features"),
        (Spec(exclude=("sise",)), "unknown_column", "exclude"),
        (Spec(features=("size", "answer")), "target_as_feature", "features"),
        (Spec(features=("id", "same")), "no_features", None),
    ],
)
def test_wishes_that_can_not_be_met(spec: Spec, code: str, field: str | None) -> None:
    with pytest.raises(Rejected) as refused:
        chosen(spec)
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize(("task", "name"), [(Task.BINARY, "label"), (Task.REGRESSION, "prediction")])
def test_a_feature_can_not_be_called_as_an_output(task: Task, name: str) -> None:
    table = written({name: [1, 2, 3], "size": [1, 2, 3], "answer": [1, 2, 3]})
    with pytest.raises(Rejected) as refused:
        features.choose(table, Spec(), "answer", task)
    assert (refused.value.code, refused.value.field) == ("reserved_name", name)
    assert features.choose(table, Spec(exclude=(name,)), "answer", task).columns[0].name == "size"
