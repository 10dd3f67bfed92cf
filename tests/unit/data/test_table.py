from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from millrace.data import features, split, target
from millrace.data.read import read
from millrace.data.table import Numbers, Table, Written
from millrace.domain.errors import InvalidInput
from millrace.domain.schema import MISSING_TOKEN, Column, Kind
from millrace.domain.spec import Spec, Task
from tests.rows import written


def test_equal_texts_are_merged_and_unused_ones_forgotten() -> None:
    column = Written.of(["b", "a", "b", "never"], np.array([0, 1, 2, 1]))
    assert column.texts == ("b", "a")
    assert column.codes.tolist() == [0, 1, 0, 1]
    assert column.take(np.array([3, 1])).texts == ("a",)


def test_columns_are_spelled_by_kind() -> None:
    table = written({"n": ["1", "", "2.5"], "c": ["x", None, "x"]})
    typed = table.spell([Column("n", Kind.NUMBER), Column("c", Kind.CATEGORY, MISSING_TOKEN)])
    assert typed["n"].dtype == np.float64
    np.testing.assert_array_equal(typed["n"], [1.0, np.nan, 2.5])
    assert typed["c"].tolist() == ["x", MISSING_TOKEN, "x"]
    assert typed.take(np.array([2, 0]))["n"].tolist() == [2.5, 1.0]
    assert table.take(np.array([2])).spell([Column("n", Kind.NUMBER)])["n"].tolist() == [2.5]


def test_an_unspellable_value_is_refused() -> None:
    with pytest.raises(InvalidInput, match="'n'"):
        written({"n": ["1", "x"]}).spell([Column("n", Kind.NUMBER)])


def test_tables_hold_their_rows() -> None:
    assert Table({"a": np.array([1.0, 2.0])}, 2).take(np.array([], dtype=np.int64)).rows == 0


def test_a_table_goes_by_parts() -> None:
    table = Table({"a": np.arange(5.0)}, 5)
    assert [(part.rows, part["a"].tolist()) for part in table.parts(2)] == [(2, [0, 1]), (2, [2, 3]), (1, [4])]
    assert [part.rows for part in Table({"a": np.empty(0)}, 0).parts(2)] == [0]


def test_preparing_numbers_makes_no_texts_of_them(tmp_path: Path) -> None:
    rows = [f"{i / 8},{'' if i % 9 == 0 else i % 1201 * 3},{'xyz'[i % 3]},{i * 7 % 4001}" for i in range(6000)]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["a,b,c,y", *rows]))
    table = read(path)
    kept = [column for column in table.columns.values() if isinstance(column, Numbers)]
    assert len(kept) == 3
    answer = target.find(table, Spec())
    used = features.choose(table, Spec(), answer.name, answer.task)
    split.split(table, None)
    table.take(answer.rows[:5000]).spell(used.columns)
    assert (answer.task, len(used.columns)) == (Task.REGRESSION, 3)
    assert ["distinct" in vars(column) for column in kept] == [False] * 3
