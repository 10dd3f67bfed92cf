"""A run whose execution was lost ends the waiting, with words and a code."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from millrace.adapters.history import Happening, What
from millrace.cli import exits, follow
from millrace.cli.screen import Screen
from millrace.domain.errors import JobFailed
from millrace.domain.run import Attempt, Outcome, Run, RunState
from tests import samples
from tests.fakes.runs import FakeRuns

RUNNING = Outcome(RunState.RUNNING)


@dataclass
class Told:
    """An execution's history that holds one entered state and no end, and its status as the service gives it."""

    statuses: list[str | None]
    events: tuple[Happening, ...] = (Happening(datetime.now(UTC), What.ENTERED, "Train"),)
    on_look: Any = field(default=lambda: None)

    def of(self, execution_name: str) -> tuple[Happening, ...]:
        assert execution_name.startswith(samples.RUN_ID)
        return self.events

    def status(self, execution_name: str) -> str | None:
        assert execution_name.startswith(samples.RUN_ID)
        self.on_look()
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QUIET_SECONDS", "UNKNOWN_SECONDS", "AFTERMATH_SECONDS"):
        monkeypatch.setattr(follow, name, 0.01)
    monkeypatch.setattr(follow, "LOOK_SECONDS", {True: 0.001, False: 0.001})


def session(told: Told, runs: FakeRuns) -> Any:
    return SimpleNamespace(
        history=told, workflow=told, runs=runs, screen=Screen(as_json=True), is_local=False, state=Path()
    )


def running(runs: FakeRuns) -> Run:
    runs.claim(samples.run())
    runs.claim_attempt(Attempt(samples.TENANT, samples.RUN_ID, 1, samples.NOW, RUNNING))
    run = runs.find(samples.TENANT, samples.RUN_ID)
    assert run is not None
    return run


@pytest.mark.parametrize("status", ["FAILED", "ABORTED", "TIMED_OUT", None])
@pytest.mark.parametrize("events", [Told([None]).events, ()], ids=["begun", "silent"])
def test_an_execution_that_was_lost_ends_the_waiting(status: str | None, events: tuple[Happening, ...]) -> None:
    runs = FakeRuns()
    with pytest.raises(JobFailed) as caught:
        follow.follow(session(Told(["RUNNING", status], events), runs), running(runs))
    assert caught.value.code == "execution_lost"
    assert exits.code_for(caught.value) == exits.FAILED


def test_a_silent_execution_is_waited_for() -> None:
    runs = FakeRuns()
    looks = iter(range(5))

    def look() -> None:
        if next(looks) == 3:
            done = Outcome(RunState.SUCCEEDED, version=1, promoted=True)
            assert runs.conclude(samples.TENANT, samples.RUN_ID, 1, done, samples.NOW)

    told = Told(["RUNNING", "RUNNING", "RUNNING", "SUCCEEDED"], on_look=look)
    assert follow.follow(session(told, runs), running(runs)).outcome.state is RunState.SUCCEEDED


def test_another_attempt_of_a_lost_execution_is_waited_for() -> None:
    runs = FakeRuns()
    looks = iter(range(9))

    def look() -> None:
        match next(looks):
            case 1:  # what `reconcile` does
                assert runs.claim_attempt(Attempt(samples.TENANT, samples.RUN_ID, 2, samples.NOW, RUNNING))
            case 4:
                done = Outcome(RunState.SUCCEEDED, version=1, promoted=True)
                assert runs.conclude(samples.TENANT, samples.RUN_ID, 2, done, samples.NOW)

    told = Told(["RUNNING", "FAILED", "RUNNING", "RUNNING", "SUCCEEDED"], on_look=look)
    run = follow.follow(session(told, runs), running(runs))
    assert (run.outcome.state, run.attempts) == (RunState.SUCCEEDED, 2)
