"""An execution's history read from events as AWS writes them; from real executions: contracts/test_history.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from millrace.adapters.history import StepFunctionsHistory, What

Event = tuple[str, Mapping[str, Any]]

ENTERED: Event = ("TaskStateEntered", {"stateEnteredEventDetails": {"name": "Admit"}})
EXITED: Event = ("TaskStateExited", {"stateExitedEventDetails": {"name": "Admit"}})
SCHEDULED: Event = ("TaskScheduled", {})
SUCCEEDED: Event = ("TaskSucceeded", {"taskSucceededEventDetails": {}})
FAILED: Event = ("TaskFailed", {"taskFailedEventDetails": {"error": "Unavailable", "cause": "away"}})
TIMED_OUT: Event = ("TaskTimedOut", {"taskTimedOutEventDetails": {"error": "States.Timeout"}})
ENTER, LEFT, TROUBLE = What.ENTERED, What.LEFT, What.TROUBLE


class Told:
    """A client that knows one history, in pages of two."""

    def __init__(self, events: Iterable[Event]) -> None:
        began = datetime(2026, 1, 1, tzinfo=UTC)
        self._events = [
            {"type": kind, "timestamp": began + timedelta(seconds=second), **details}
            for second, (kind, details) in enumerate(events)
        ]

    def get_paginator(self, _: str) -> Told:
        return self

    def paginate(self, **_: object) -> list[dict[str, object]]:
        return [{"events": self._events[first : first + 2]} for first in range(0, len(self._events), 2)]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([ENTERED, SCHEDULED, SUCCEEDED, EXITED], [ENTER, LEFT]),
        ([ENTERED, SCHEDULED, FAILED, EXITED], [ENTER, TROUBLE]),
        ([ENTERED, SCHEDULED, TIMED_OUT, EXITED], [ENTER, TROUBLE]),
        ([ENTERED, FAILED, SCHEDULED, SUCCEEDED, EXITED], [ENTER, TROUBLE, LEFT]),
        ([ENTERED, FAILED, SCHEDULED, FAILED, EXITED], [ENTER, TROUBLE, TROUBLE]),
        ([ENTERED, FAILED, EXITED, ENTERED, EXITED], [ENTER, TROUBLE, ENTER, LEFT]),
    ],
)
def test_a_state_is_done_when_its_last_try_was_good(events: list[Event], expected: list[What]) -> None:
    arn = "arn:aws:states:us-east-1:000000000000:stateMachine:train"
    history = StepFunctionsHistory(Told(events), arn)  # type: ignore[arg-type]  # a client with the one call that it makes
    assert [each.what for each in history.of("it")] == expected


def entered(name: str, after: int, **told: Any) -> Event:
    return ("TaskStateEntered", {"stateEnteredEventDetails": {"name": name}, "previousEventId": after, **told})


def test_jobs_that_run_at_once_keep_their_own_troubles() -> None:
    """Each event says which one it follows; by their times alone, the failure would be the second job's."""
    events: list[Event] = [
        ("MapStateEntered", {"id": 1, "stateEnteredEventDetails": {"name": "Spread"}}),
        entered("Search, Spot", 1, id=2),
        entered("Search", 1, id=3),
        ("TaskFailed", {"id": 4, "previousEventId": 2, "taskFailedEventDetails": {"error": "lost", "cause": ""}}),
        ("TaskSucceeded", {"id": 5, "previousEventId": 3}),
        ("TaskStateExited", {"id": 6, "previousEventId": 4, "stateExitedEventDetails": {"name": "Search, Spot"}}),
        ("TaskStateExited", {"id": 7, "previousEventId": 5, "stateExitedEventDetails": {"name": "Search"}}),
    ]
    arn = "arn:aws:states:us-east-1:000000000000:stateMachine:train"
    history = StepFunctionsHistory(Told(events), arn)  # type: ignore[arg-type]  # a client with the one call that it makes
    told = [(each.what, each.state) for each in history.of("it")]
    assert told[3:] == [(TROUBLE, "Search, Spot"), (LEFT, "Search")]
