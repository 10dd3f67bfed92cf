from __future__ import annotations

from dataclasses import replace

import pytest

from millrace.data.kinds import Inferred, infer
from millrace.domain.notation import DateOrder, DecimalMark
from millrace.domain.schema import MISSING_TOKEN, Column, Kind
from millrace.domain.spec import Spec
from tests.rows import written

COMMAS = Column("x", Kind.NUMBER, decimal=DecimalMark.COMMA)
DAYS = Column("x", Kind.DATE, date_order=DateOrder.DAY)
MONTHS = Column("x", Kind.DATE, date_order=DateOrder.MONTH)


def inferred(values: list[object], spec: Spec | None = None) -> Inferred:
    return infer("x", written({"x": values}).columns["x"], spec)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2.5", "-3e4", "", "NA"], Kind.NUMBER),
        ([1, 2, None], Kind.NUMBER),
        (["0", "1"], Kind.NUMBER),
        (["20240131", "20240201"], Kind.NUMBER),
        (["yes", "No", ""], Kind.BOOLEAN),
        ([True, False], Kind.BOOLEAN),
        (["1", "0", "true"], Kind.BOOLEAN),
        (["t", "f", "null"], Kind.BOOLEAN),
        (["yes", "none"], Kind.CATEGORY),
        ([True, None], Kind.CATEGORY),
        (["yes", "no", "maybe"], Kind.CATEGORY),
        (["2024-01-31", "2024-01-31T12:00:00+02:00"], Kind.DATE),
        (["01067", "80331"], Kind.CATEGORY),
        (["0.5", "0"], Kind.NUMBER),
        (["1", "2", "inf"], Kind.CATEGORY),
        (["none", "none"], Kind.CATEGORY),
        (["", None], Kind.CATEGORY),
        (["on", "OFF", "-"], Kind.BOOLEAN),
        (["enabled", "disabled"], Kind.BOOLEAN),
        (["ja", "nein"], Kind.BOOLEAN),
        (["1.0", "0.0"], Kind.NUMBER),
        (["yes", "no", "unknown"], Kind.CATEGORY),
        (["y", "f"], Kind.CATEGORY),
        (["unknown", "?"], Kind.CATEGORY),
        (["3", "unknown", "?", "-", "#N/A"], Kind.NUMBER),
        (["2024-01-31", "unknown"], Kind.DATE),
        (["007 %", "12 %"], Kind.CATEGORY),
    ],
)
def test_kinds(values: list[object], kind: Kind) -> None:
    found = inferred(values)
    assert found.column.kind is kind
    assert found.column.missing == (MISSING_TOKEN if kind is Kind.CATEGORY else None)
    assert found.why


def test_few_values_that_stand_against_numbers_are_pointed_out() -> None:
    assert inferred([*map(str, range(9)), "twelve"]).nearly
    assert "9 of its 10 distinct values are numbers" in inferred([*map(str, range(9)), "twelve"]).why
    assert not inferred(["1", "2", "a", "b", "c"]).nearly
    assert not inferred(["01067", "80331"]).nearly


@pytest.mark.parametrize(
    ("values", "column", "why"),
    [
        (["1,234.50", "12"], Column("x", Kind.NUMBER), "each value is a number"),
        (["1.234,50", "1.234", "NA"], COMMAS, "each value is a number, its decimal mark the comma"),
        (["12,5", "3"], COMMAS, "each value is a number, its decimal mark the comma"),
        (["1 234.50", "1\u00a0234", "1'234"], Column("x", Kind.NUMBER), "each value is a number"),
        (["12 %", "0", "4.5%"], Column("x", Kind.NUMBER), "each value is a number"),
        (["$1,234.50", "USD 3", "(4)"], Column("x", Kind.NUMBER, currency="$"), "each value is a number, in $"),
        (
            ["3,50 €", "EUR 4"],
            replace(COMMAS, currency="€"),
            "each value is a number, its decimal mark the comma, in €",
        ),
        (["2024-01-31", "31 Dec 2026", "2026/12/31"], Column("x", Kind.DATE), "each value is a date"),
        (["01/02/2026", "31/12/2026"], DAYS, "each value is a date, day first"),
        (["31.12.2026 14:30", "2026-01-02"], DAYS, "each value is a date, day first"),
        (["01/02/2026", "12/31/2026 2:30 PM"], MONTHS, "each value is a date, month first"),
    ],
)
def test_how_a_column_is_written_is_shown_by_its_values(values: list[object], column: Column, why: str) -> None:
    found = inferred(values)
    assert (found.column, found.why, found.doubt, found.looks) == (column, why, None, None)
    assert found.said == why


@pytest.mark.parametrize(
    ("values", "wished", "taken", "other"),
    [
        (["1,234", "5,678"], Spec(decimal=DecimalMark.COMMA), Column("x", Kind.NUMBER), COMMAS),
        (["1,234", "5.678"], Spec(decimal=DecimalMark.COMMA), Column("x", Kind.NUMBER), COMMAS),
        (["01/02/2026", "03/04/2026"], Spec(date_order=DateOrder.MONTH), DAYS, MONTHS),
    ],
)
def test_what_no_value_decides_is_doubted_and_the_spec_may_say_it(
    values: list[object], wished: Spec, taken: Column, other: Column
) -> None:
    found = inferred(values)
    assert (found.column, found.doubt is not None) == (taken, True)
    assert found.said == f"{found.why}; {found.doubt}"
    told = inferred(values, wished)
    assert (told.column, told.doubt) == (other, None)


@pytest.mark.parametrize(
    ("values", "wished", "column"),
    [
        (["1,234.50"], Spec(decimal=DecimalMark.COMMA), Column("x", Kind.NUMBER)),
        (["12,5"], Spec(decimal=DecimalMark.POINT), COMMAS),
        (["31/12/2026"], Spec(date_order=DateOrder.MONTH), DAYS),
        (["1.234", "5.678"], Spec(), Column("x", Kind.NUMBER)),
        (["1.234", "5.678"], Spec(decimal=DecimalMark.COMMA), COMMAS),
        (["2026-12-31"], Spec(date_order=DateOrder.MONTH), MONTHS),
        (["05/05/2026", "06/06/26"], Spec(), DAYS),
    ],
)
def test_the_values_decide_before_the_spec_does(values: list[object], wished: Spec, column: Column) -> None:
    found = inferred(values, wished)
    assert (found.column, found.doubt) == (column, None)


def test_percentages_among_other_numbers_are_doubted() -> None:
    assert "'12 %' was read as 0.12" in (inferred(["12 %", "7"]).doubt or "")
    assert inferred(["12 %", "0"]).doubt is None
