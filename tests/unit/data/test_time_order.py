"""A stream is told from a table that only has dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from millrace.data import time_order
from millrace.data.kinds import infer
from millrace.data.table import WrittenTable
from tests.rows import written

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def hours(count: int, step: int = 1) -> list[str]:
    return [(BEGIN + timedelta(hours=step * i)).isoformat() for i in range(count)]


def found(columns: dict[str, Sequence[object]]) -> str | None:
    table: WrittenTable = written(columns)
    return time_order.find(table, [infer(name, column).column for name, column in table.columns.items()])


STREAM = hours(200)


@pytest.mark.parametrize("times", [STREAM, STREAM[::-1], [*STREAM[:190], *STREAM[189:199]], hours(100)])
def test_a_stream_is_found(times: list[str]) -> None:
    assert found({"price": list(range(len(times))), "at": times}) == "at"


@pytest.mark.parametrize(
    "times",
    [
        [*STREAM[1:], STREAM[0]],
        [*STREAM[:100], STREAM[101], STREAM[100], *STREAM[102:]],
        [*STREAM[:199], ""],
        sorted(STREAM[:180] + STREAM[:20]),
        sorted(hours(50, 24) * 4),
        hours(99),
        [str(i) for i in range(200)],
        ["2026-01-01"] * 200,
    ],
    ids=["turned", "two swapped", "one blank", "a tenth twice", "days", "few", "numbers", "constant"],
)
def test_what_is_not_plainly_a_stream_is_none(times: list[str]) -> None:
    assert found({"price": list(range(len(times))), "at": times}) is None
