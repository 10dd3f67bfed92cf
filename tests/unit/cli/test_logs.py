from __future__ import annotations

import pytest

from millrace.cli.logs import milliseconds, parts, span_seconds
from millrace.domain.errors import InvalidInput


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
