from __future__ import annotations

import pytest

from millrace.data import features
from millrace.domain.errors import Rejected
from millrace.domain.notation import DateOrder
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
    values = [*(f"{number}.5" for number in range(599)), "1.5x"]
    table = written({"nearly": values, "answer": ["a", "b"] * 300})
    found = features.choose(table, Spec(), "answer", Task.BINARY)
    assert [(column.name, column.kind) for column in found.columns] == [("nearly", Kind.NUMBER)]
    assert [warning.code for warning in found.warned] == ["unreadable_values"]
    (decision,) = found.decisions
    assert (decision.choice, "1 other value taken as missing" in decision.why) == ("number", True)
    assert found.written.spell(found.columns)["nearly"][-1] != found.written.spell(found.columns)["nearly"][-1]  # NaN


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["1,234.50", "1.234,50", "12"], "numbers written in two ways, as '1,234.50' and as '1.234,50'"),
        (["12,5", "12.5", "n/a"], "numbers written in two ways, as '1,234.50' and as '1.234,50'"),
        (["$5", "5 EUR", "7"], "amounts of more than one currency"),
        (["13/07/2019", "07/13/2019", "-"], "dates of two orders, day first and month first"),
        (["red", "blue", "2,5"], None),
        (["10-20", "20-30", "30-40"], None),
        (["Lyon, 2", "Paris, 3", "Köln, 4"], None),
        (["1", "2", "3", "4", "13/07/2019"], None),
        (["1,234.50", "12", "x"], None),
        (["2,5", "10,25", "3"], None),
        (["30 j", "60 j", "90 J"], "numbers of one unit, 'j'"),
        (["1,5 kg", "12 kg", "3kg", "1.250,5 kg", "n/a"], "numbers of one unit, 'kg'"),
        (["-4 °C", "21 °C", "+7 °C", "0 °C", "mild"], "numbers of one unit, '°C'"),
        (["30 j", "60 h", "90 min"], None),
        (["60 j", "hier", "demain"], None),
        (["007 A", "012 A", "030 A"], None),
        (["1st", "2nd", "3rd"], None),
        (["2019-07-13", "2019-07-14", "2019-07-15"], None),
    ],
)
@pytest.mark.parametrize("repeats", [1, 4])  # standing once, the column is left out too
def test_a_column_whose_values_contradict_one_another_is_pointed_out(
    texts: list[str], said: str | None, repeats: int
) -> None:
    values = texts * repeats
    table = written({"income": values, "size": list(range(len(values))), "answer": ["a", *["b"] * (len(values) - 1)]})
    found = features.choose(table, Spec(), "answer", Task.BINARY)
    looks = [warning.says for warning in found.warned if warning.code == "unread_spelling"]
    assert looks == ([f"column 'income' looks like {said}; it was read as text"] if said else [])


def test_what_no_value_decides_is_warned_of_and_the_spec_may_say_it() -> None:
    table = written({"due": ["01/02/2026", "03/04/2026"] * 3, "answer": ["a", "b"] * 3})
    found = features.choose(table, Spec(), "answer", Task.BINARY)
    (warned,) = found.warned
    warning = warned.says
    assert warned.code == "open_reading"
    assert warning.startswith("column 'due': no value shows whether its dates begin with the day or with the month")
    assert "day first was taken: set date_order in spec.yaml" in warning
    assert warning.partition(": ")[2] in found.decisions[0].why
    told = features.choose(table, Spec(date_order=DateOrder.MONTH), "answer", Task.BINARY)
    assert told.warned == ()
    assert told.columns[0].date_order is DateOrder.MONTH


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
