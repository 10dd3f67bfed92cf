from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from millrace.adapters.clock import SystemClock
from millrace.ports import Clock
from tests.fakes.clock import FakeClock


@pytest.fixture(params=["fake", "system"])
def clock(request: pytest.FixtureRequest) -> Clock:
    return FakeClock() if request.param == "fake" else SystemClock()


def test_now_has_a_fixed_width_in_utc(clock: Clock) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", clock.now())


def test_time_does_not_go_back(clock: Clock) -> None:
    times = [(clock.now(), clock.monotonic()) for _ in range(1000)]
    assert [each[1] for each in times] == sorted(each[1] for each in times)


def test_the_system_clock_is_right() -> None:
    before = datetime.now(UTC)
    found = datetime.fromisoformat(SystemClock().now())
    assert before - timedelta(milliseconds=1) <= found <= datetime.now(UTC)


def test_the_fake_clock_moves_when_told() -> None:
    clock = FakeClock("2026-02-28T23:59:59.500Z")
    clock.advance(0.75)
    assert (clock.now(), clock.monotonic()) == ("2026-03-01T00:00:00.250Z", 0.75)
