from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from millrace.adapters.log_lines import CloudWatchLogLines
from millrace.adapters.session import Clients
from millrace.ports import LogLines
from tests.contracts.conftest import unique
from tests.fakes.log_lines import FakeLogLines


@dataclass(frozen=True)
class Place:
    """A stage's log lines, and a way to write them: function and pairs of Unix time in milliseconds and line."""

    lines: LogLines
    put: Callable[[str, list[tuple[int, str]]], None]


@pytest.fixture(params=["fake", "aws"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "fake":
        fake = FakeLogLines()
        return Place(fake, fake.put)
    clients: Clients = request.getfixturevalue("clients")
    stage = unique("stage")

    def put(function: str, lines: list[tuple[int, str]]) -> None:
        group = f"/millrace/{stage}/{function}"
        clients.logs().create_log_group(logGroupName=group)
        clients.logs().create_log_stream(logGroupName=group, logStreamName="1")
        events = [{"timestamp": at, "message": line} for at, line in lines]
        for first in range(0, len(events), 5000):
            batch = events[first : first + 5000]
            clients.logs().put_log_events(logGroupName=group, logStreamName="1", logEvents=batch)  # type: ignore[arg-type]  # a list of what it takes

    return Place(CloudWatchLogLines(clients.logs(), stage), put)


@pytest.fixture
def now() -> int:
    """A recent Unix time in milliseconds: old events are refused."""
    return int(datetime.now(UTC).timestamp() * 1000) - 60_000


def test_lines_of_all_functions_come_in_the_order_of_time(place: Place, now: int) -> None:
    place.put("predict", [(now, "first"), (now + 2, "third größe")])
    place.put("ingest", [(now + 1, "second")])
    found = [line.split(" ", 1)[1] for line in place.lines.since(now - 1)]
    assert found == ["predict first", "ingest second", "predict third größe"]


def test_a_line_begins_with_its_time(place: Place, now: int) -> None:
    place.put("predict", [(now, "hello")])
    (line,) = place.lines.since(now - 1)
    assert datetime.fromisoformat(line.split(" ")[0]).timestamp() * 1000 == pytest.approx(now)
    assert line.split(" ")[0].endswith("Z")


def test_only_newer_lines_come(place: Place, now: int) -> None:
    place.put("predict", [(now, "at"), (now + 1, "after")])
    assert [line.split(" ", 2)[2] for line in place.lines.since(now)] == ["after"]
    assert list(place.lines.since(now + 1)) == []


def test_a_stage_without_logs_has_no_lines(place: Place) -> None:
    assert list(place.lines.since(0)) == []


def test_a_long_log_is_whole(place: Place, now: int) -> None:
    place.put("predict", [(now + number, f"line {number}") for number in range(6000)])
    assert [line.split(" ", 2)[2] for line in place.lines.since(0)] == [f"line {number}" for number in range(6000)]


def test_more_functions_than_a_page_are_all_read(place: Place, now: int) -> None:
    for number in range(55):
        place.put(f"function-{number:02}", [(now + number, "hello")])
    assert len(list(place.lines.since(0))) == 55


def test_another_stage_is_not_read(clients: Clients, place: Place, now: int) -> None:
    place.put("predict", [(now, "hello")])
    assert list(CloudWatchLogLines(clients.logs(), unique("stage")).since(0)) == []
