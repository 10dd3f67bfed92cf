from __future__ import annotations

import pytest

from millrace.cli.logs import LATE_MILLISECONDS, Tail, milliseconds, parts, span_seconds
from millrace.domain.errors import InvalidInput
from tests.fakes.log_lines import FakeLogLines


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400)])
def test_spans(text: str, seconds: int) -> None:
    assert span_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "15", "m", "-1m", "1.5h", "1w", "9" * 20 + "s"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="span"):
        span_seconds(text)


def test_a_line_s_time_is_read_to_the_millisecond() -> None:
    assert milliseconds("1970-01-01T00:00:01.234Z ingest hello there") == 1234


def test_a_line_is_taken_apart() -> None:
    assert parts("1970-01-01T00:00:01.234Z ingest hello  there") == {
        "time": "1970-01-01T00:00:01.234Z",
        "function": "ingest",
        "line": "hello  there",
    }
    assert parts("1970-01-01T00:00:01.234Z ingest ")["line"] == ""


def words(tail: Tail) -> list[str]:
    return [line.split(" ", 1)[1] for line in tail.look()]


def test_a_line_that_arrives_late_or_in_the_same_millisecond_is_shown_once() -> None:
    lines = FakeLogLines()
    tail = Tail(lines, 1_000_000)
    lines.put("predict", [(1_000_100, "first"), (1_000_100, "first")])
    assert words(tail) == ["predict first", "predict first"]
    assert words(tail) == []
    lines.put("predict", [(1_000_100, "same millisecond"), (1_000_100, "first")])
    lines.put("ingest", [(1_000_050, "late")])
    assert words(tail) == ["ingest late", "predict first", "predict same millisecond"]
    lines.put("predict", [(1_000_100 + LATE_MILLISECONDS, "newest")])
    assert words(tail) == ["predict newest"]
    lines.put("gate", [(1_000_101, "as late as may be")])
    assert words(tail) == ["gate as late as may be"]
    assert words(tail) == []


def test_what_is_older_than_asked_stays_out() -> None:
    lines = FakeLogLines()
    lines.put("predict", [(999_999, "before"), (1_000_001, "after")])
    tail = Tail(lines, 1_000_000)
    assert words(tail) == ["predict after"]
    assert words(tail) == []
