from __future__ import annotations

import pytest

from millrace.domain.spec import Metric, Task
from millrace.page import wording


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (0.123456, "0.1235"),
        (-1234.5, "-1234"),
        (12345.6, "12,346"),
        (3.2e-9, "3.2e-09"),
        (1.5e18, "1.5e+18"),
        (float("inf"), "none"),
    ],
)
def test_figures_have_few_digits(value: float, expected: str) -> None:
    assert wording.figure(value) == expected


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 0, "0 %"),
        (0, 9, "0 %"),
        (1, 10**6, "<0.1 %"),
        (999_999, 10**6, ">99.9 %"),
        (9, 9, "100 %"),
        (1, 3, "33.3 %"),
    ],
)
def test_a_share_is_never_rounded_to_none_or_all(part: int, whole: int, expected: str) -> None:
    assert wording.percent(part, whole) == expected


def test_days_and_what_is_beyond_the_calendar() -> None:
    assert wording.day(0) == "1970-01-01"
    assert wording.day(-86400.0) == "1969-12-31"
    assert wording.day(1e300) == "1e+300 s"


def test_times_and_sizes() -> None:
    assert (wording.duration(0.25), wording.duration(3725)) == ("0.25 s", "62 min 5 s")
    assert (wording.size(512), wording.size(3780), wording.size(5.2e15)) == ("512 bytes", "3.78 kB", "5,200 TB")


def test_a_long_name_is_cut_and_stays_on_one_line() -> None:
    assert wording.cut("a\nb\t c", 20) == "a b c"
    assert wording.cut("x" * 30, 10) == "x" * 9 + "…"


def test_every_metric_and_task_has_a_name() -> None:
    assert set(wording.METRICS) == set(Metric)
    assert set(wording.TASKS) == set(Task)
