from __future__ import annotations

import numpy as np
import pytest

from millrace.data.table import Table, Written
from millrace.domain.errors import InvalidInput
from millrace.domain.schema import MISSING_TOKEN, Column, Kind
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
