"""A column's own values show how it is written, whichever form they are in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millrace.data.notations import dates, numbers
from millrace.domain.notation import DateOrder, DecimalMark
from millrace.domain.numeral import CURRENCIES
from tests.writing import Dated, Writing, amounts, moments


@pytest.mark.parametrize(("mark", "shows"), [(DecimalMark.POINT, "1,234.5"), (DecimalMark.COMMA, "1.234,5")])
@given(data=st.data())
def test_numbers_of_one_mark_are_all_read_by_it(mark: DecimalMark, shows: str, data: st.DataObject) -> None:
    written: list[Writing] = data.draw(st.lists(amounts(mark, "CHF"), max_size=5))
    found = numbers("x", [shows, *(each.text for each in written)], None)
    assert (found.count, found.column.decimal, found.looks) == (len(written) + 1, mark, None)


@pytest.mark.parametrize(("order", "shows"), [(DateOrder.DAY, "31/12/2026"), (DateOrder.MONTH, "12/31/2026")])
@given(data=st.data())
def test_dates_of_one_order_are_all_read_by_it(order: DateOrder, shows: str, data: st.DataObject) -> None:
    written: list[Dated] = data.draw(st.lists(moments(order), max_size=5))
    found = dates("x", [shows, *(each.text for each in written)], None)
    assert (found.count, found.column.date_order, found.doubt, found.looks) == (len(written) + 1, order, None, None)


@pytest.mark.parametrize("sign", CURRENCIES)
def test_every_currency_is_seen(sign: str) -> None:
    assert numbers("x", [f"( {sign} 5 )", f"-{sign}1,234.50 ", f"7 {sign} -"], None).count == 3
    assert numbers("x", [f"5 {sign}"], None).column.currency == CURRENCIES[sign]


@pytest.mark.parametrize(
    ("values", "count", "looks"),
    [
        (["1,234.5", "1.234,5", "soon", "never"], 1, False),
        (["1,234.5", "1.234,5", "soon"], 1, True),
        (["$5", "5 €", "soon", "never"], 0, False),
        (["$5", "5 €", "soon"], 0, True),
    ],
)
def test_values_that_contradict_one_another_are_pointed_out_where_they_are_most(
    values: list[str], count: int, looks: bool
) -> None:
    found = numbers("x", values, None)
    assert (found.count, found.looks is not None) == (count, looks)
