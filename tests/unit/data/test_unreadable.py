"""A few cells that are no numbers cost themselves and not their column."""

from __future__ import annotations

import math

import pytest

from millrace.data.unreadable import Mended, mend
from millrace.domain.schema import Kind
from tests.rows import written


def mended(values: list[object]) -> Mended:
    return mend("x", written({"x": values}).columns["x"])


def numbers(count: int) -> list[object]:
    return [f"{number}.5" for number in range(count)]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([*numbers(599), "about 9"], Kind.NUMBER),
        ([*numbers(599), "1.5x"], Kind.NUMBER),
        ([*numbers(100), *["elsewhere"] * 150], Kind.NUMBER),  # no list of categories has a hundred numbers in it
        ([*["1", "2", "3", "4"] * 30, "five"], Kind.NUMBER),
        ([f"2024-01-{day:02}" for day in range(1, 31)] + ["soon"], Kind.DATE),
        (["1", "2", "3", "4", "5+"] * 30, Kind.CATEGORY),  # a fifth of the rows says something
        (["1", "2", "a", "b", "c"] * 30, Kind.CATEGORY),
        (["01067", "80331", *numbers(50)], Kind.CATEGORY),  # codes stay codes
    ],
)
def test_kinds(values: list[object], kind: Kind) -> None:
    found = mended(values)
    assert found.inferred.column.kind is kind
    typed = found.written.spell(found.inferred.column)
    assert len(typed) == len(values)
    assert [warning.code for warning in found.warned] == ([] if kind is Kind.CATEGORY else ["unreadable_values"])


def test_how_many_cells_count_as_missing_is_said() -> None:
    found = mended([*numbers(100), "x", "x", "1.5x", None])
    (warning,) = found.warned
    assert warning.says == "column 'x' has 3 values other than numbers, read as missing"
    assert warning.columns == ("x",)
    assert [math.isnan(value) for value in found.written.spell(found.inferred.column)[-4:]] == [True] * 4


def test_infinities_among_numbers_count_as_missing_however_many_they_are() -> None:
    found = mended([1.5, 2.5, *[math.inf] * 7, -math.inf])
    assert found.inferred.column.kind is Kind.NUMBER
    assert [(warning.code, "8 infinite" in warning.says) for warning in found.warned] == [("infinite_values", True)]


def test_infinities_and_other_cells_are_told_apart() -> None:
    found = mended([*numbers(100), "inf", "1.5x"])
    assert [warning.code for warning in found.warned] == ["infinite_values", "unreadable_values"]


@pytest.mark.parametrize("values", [["inf", "sup", "max"] * 3, ["inf", "infinity"]])
def test_a_word_of_text_is_no_infinity(values: list[object]) -> None:
    found = mended(values)
    assert (found.inferred.column.kind, found.warned) == (Kind.CATEGORY, ())
    assert set(found.written.texts) == set(values)


def test_a_column_without_such_cells_is_as_it_was() -> None:
    column = written({"x": numbers(9)}).columns["x"]
    assert mend("x", column).written is column
