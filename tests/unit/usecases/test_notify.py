"""The end of an attempt is recorded once and told at least once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from millrace.domain.errors import NotFound, Unavailable
from millrace.domain.run import Attempt, Failure, Outcome, RunState
from millrace.usecases.notify import NotifyPorts, notify
from tests import samples
from tests.fakes.announcements import FakeAnnouncements
from tests.fakes.clock import FakeClock
from tests.fakes.runs import FakeRuns
from tests.fakes.workflow import FakeWorkflow

RUNNING = Outcome(RunState.RUNNING)
WON = Outcome(RunState.SUCCEEDED, version=3, promoted=True)
LOST = Outcome(RunState.REJECTED, Failure("no_rows", "the file has no rows", "add some", "file"))


def world(announcements: FakeAnnouncements | None = None) -> NotifyPorts:
    runs = FakeRuns()
    runs.claim(samples.run())
    runs.claim_attempt(Attempt("acme", samples.RUN_ID, 1, samples.NOW, RUNNING))
    told = announcements or FakeAnnouncements()
    return NotifyPorts(runs, (told, FakeAnnouncements()), FakeWorkflow(), FakeClock("2026-01-01T00:01:00.000Z"))


def published(ports: NotifyPorts) -> list[tuple[str, object]]:
    """What was told, to everybody alike."""
    first, second = ports.announcements
    assert isinstance(first, FakeAnnouncements)
    assert isinstance(second, FakeAnnouncements)
    assert first.published == second.published
    return [(kind, dict(detail)) for kind, detail in first.published]


def test_success_is_recorded_and_told() -> None:
    ports = world()
    assert notify(samples.TICKET, WON, ports)
    run = ports.runs.find("acme", samples.RUN_ID)
    assert run is not None
    assert (run.outcome, run.finished) == (WON, "2026-01-01T00:01:00.000Z")
    assert ports.runs.attempts("acme", samples.RUN_ID)[0].outcome == WON
    assert published(ports) == [
        (
            "Run Succeeded",
            {
                "schema_version": 1,
                "tenant": "acme",
                "dataset": "credit",
                "run_id": samples.RUN_ID,
                "attempt": 1,
                "state": "succeeded",
                "version": 3,
                "promoted": True,
                "failure": None,
            },
        )
    ]


@pytest.mark.parametrize(("state", "kind"), [(RunState.REJECTED, "Run Rejected"), (RunState.FAILED, "Run Failed")])
def test_failure_is_told_with_its_reason(state: RunState, kind: str) -> None:
    ports = world()
    assert notify(samples.TICKET, Outcome(state, LOST.failure), ports)
    ((told, detail),) = published(ports)
    assert told == kind
    assert isinstance(detail, dict)
    assert detail["failure"] == {
        "code": "no_rows",
        "message": "the file has no rows",
        "hint": "add some",
        "field": "file",
    }


def test_a_crash_between_record_and_event_is_mended() -> None:
    class Away(FakeAnnouncements):
        def publish(self, kind: str, detail: object) -> None:
            raise Unavailable("not now")

    ports = world(Away())
    with pytest.raises(Unavailable):
        notify(samples.TICKET, WON, ports)
    again = replace(ports, announcements=(FakeAnnouncements(), FakeAnnouncements()))
    assert notify(samples.TICKET, WON, again)
    assert len(published(again)) == 1


def test_a_run_that_was_closed_otherwise_stays_so() -> None:
    ports = world()
    notify(samples.TICKET, WON, ports)
    assert not notify(samples.TICKET, LOST, ports)
    run = ports.runs.find("acme", samples.RUN_ID)
    assert run is not None
    assert run.outcome == WON
    assert len(published(ports)) == 1


def test_an_attempt_that_was_superseded_closes_nothing() -> None:
    ports = world()
    notify(samples.TICKET, LOST, ports)
    ports.runs.claim_attempt(Attempt("acme", samples.RUN_ID, 2, samples.NOW, RUNNING))
    assert not notify(samples.TICKET, LOST, ports)
    run = ports.runs.find("acme", samples.RUN_ID)
    assert run is not None
    assert run.outcome == RUNNING


def test_without_a_run_there_is_nothing_to_close() -> None:
    with pytest.raises(NotFound):
        notify(samples.TICKET, WON, replace(world(), runs=FakeRuns()))


def test_the_tenant_s_next_run_begins() -> None:
    ports = world()
    waits = samples.run(id="a" * 32, outcome=Outcome(RunState.QUEUED), queued=samples.NOW)
    ports.runs.claim(waits)
    notify(samples.TICKET, WON, replace(ports, runs_per_tenant=1))
    begun = ports.runs.find("acme", waits.id)
    assert begun is not None
    assert begun.outcome == RUNNING
    assert isinstance(ports.workflow, FakeWorkflow)
    assert list(ports.workflow.started) == [f"{waits.id}-1"]
