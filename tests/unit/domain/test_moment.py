"""Dates as people write them say the moment that they mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given

from millrace.domain.moment import read
from millrace.domain.notation import DateOrder
from tests.writing import Dated, moments

DAY, MONTH = DateOrder.DAY, DateOrder.MONTH


def reads(text: str, order: DateOrder | None) -> bool:
    try:
        read(text, order)
    except ValueError:
        return False
    return True


@given(moments(DAY))
def test_what_is_written_day_first_is_read_back(dated: Dated) -> None:
    assert read(dated.text, DAY) == dated.moment


@given(moments(MONTH))
def test_what_is_written_month_first_is_read_back(dated: Dated) -> None:
    assert read(dated.text, MONTH) == dated.moment


@pytest.mark.parametrize(
    ("text", "order"),
    [
        *((text, None) for text in ("2026-12-31", "2026/12/31", "2026.12.31", "31-Dec-2026", "31 dec 26")),
        *((text, None) for text in ("December 31, 2026", "Dec 31 2026", "Dec. 31st, 2026", "31. December 2026")),
        *((text, None) for text in ("31DEC2026", "Thu, 31 Dec 2026", "Thursday, December 31, 2026", "31/Dec/2026")),
        *((text, DAY) for text in ("31/12/2026", "31.12.2026", "31-12-2026", "31/12/26", "31.12.26", "2026-12-31")),
        *((text, MONTH) for text in ("12/31/2026", "12.31.2026", "12-31-2026", "12/31/26", "31 Dec 2026")),
    ],
)
@pytest.mark.parametrize(
    ("time", "after"),
    [
        ("", timedelta()),
        (" 14:30", timedelta(hours=14, minutes=30)),
        (", 14:30:05", timedelta(hours=14, minutes=30, seconds=5)),
        (" 4:05", timedelta(hours=4, minutes=5)),
        (" 2:30 PM", timedelta(hours=14, minutes=30)),
        (" 2:30:05.25 p.m.", timedelta(hours=14, minutes=30, seconds=5.25)),
        ("  2\u202fpm", timedelta(hours=14)),
        (" 12:00 am", timedelta()),
        (" 12:30 pm", timedelta(hours=12, minutes=30)),
        (" 14:30 GMT", timedelta(hours=14, minutes=30)),
        (" 14:30:00 +0200", timedelta(hours=12, minutes=30)),
        (" 14:30-01:30", timedelta(hours=16)),
    ],
)
def test_forms(text: str, order: DateOrder | None, time: str, after: timedelta) -> None:
    assert read(text + time, order) == datetime(2026, 12, 31, tzinfo=UTC) + after


@pytest.mark.parametrize(("year", "full"), [("00", 2000), ("68", 2068), ("69", 1969), ("99", 1999)])
def test_a_year_of_two_digits_has_its_pivot_at_69(year: str, full: int) -> None:
    assert read(f"1/2/{year}", DAY) == datetime(full, 2, 1, tzinfo=UTC)
    assert read(f"1-Feb-{year}", None) == datetime(full, 2, 1, tzinfo=UTC)


def test_iso_8601_is_read_first() -> None:
    assert read("20261231", DAY) == read("2026-W53-4", None) == datetime(2026, 12, 31, tzinfo=UTC)


def test_a_zone_stays() -> None:
    assert read("31/12/2026 14:30 -0730", DAY).tzinfo == timezone(-timedelta(hours=7, minutes=30))


@pytest.mark.parametrize("order", [None, *DateOrder])
@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "2026", "12/2026", "31/31/2026", "0/1/2026", "30-Feb-2026", "2026/13/01", "31 Dez 2026"),
        *("1/2-2026", "1/2/202", "31/12/2026 25:00", "31-Dec-2026 14", "31-Dec-2026 13:00 pm", "31-Dec-2026 0:30 am"),
        *("31-Dec-2026 10:00 +99:00", "Dec 312026", "x" * 1000),
    ],
)
def test_what_is_no_date(text: str, order: DateOrder | None) -> None:
    assert not reads(text, order)


@pytest.mark.parametrize(("text", "order"), [("31/12/2026", MONTH), ("12/31/2026", DAY), ("31/12/2026", None)])
def test_an_order_is_not_guessed(text: str, order: DateOrder | None) -> None:
    assert not reads(text, order)
