"""An open run ends when its owner says so, and the next one begins."""

from __future__ import annotations

import pytest

from millrace.domain.errors import Conflict, NotFound, Unavailable
from millrace.domain.job import Ticket
from millrace.domain.run import Outcome, RunState
from millrace.usecases.advance import advance
from millrace.usecases.cancel import cancel
from millrace.usecases.notify import notify
from tests.fakes.workflow import FakeWorkflow
from tests.unit.usecases.desk import Desk

DONE = Outcome(RunState.SUCCEEDED, version=1, promoted=True)


def test_what_runs_is_stopped_and_the_next_one_begins() -> None:
    desk = Desk(limit=1)
    first, second = desk.queue(1), desk.queue(2)
    advance("acme", desk.ports)
    ended = cancel("acme", first.id, "user ann", desk.ports)
    assert ended.outcome.state is RunState.CANCELLED
    assert ended.outcome.failure is not None
    assert (ended.outcome.failure.code, ended.finished) == ("cancelled", desk.clock.now())
    assert "user ann" in ended.outcome.failure.message
    assert desk.workflow.statuses == {f"{first.id}-1": "ABORTED", f"{second.id}-1": "RUNNING"}
    assert [each.outcome.state for each in desk.runs.attempts("acme", first.id)] == [RunState.CANCELLED]
    assert desk.state(second) is RunState.RUNNING
    assert desk.kinds == ["Run Cancelled"]


def test_what_waits_leaves_the_queue() -> None:
    desk = Desk(limit=1)
    first, second, third = (desk.queue(number) for number in (1, 2, 3))
    advance("acme", desk.ports)
    cancel("acme", second.id, "user ann", desk.ports)
    assert [place.run_id for place in desk.runs.queue("acme").waiting] == [third.id]
    assert desk.workflow.statuses == {f"{first.id}-1": "RUNNING"}
    assert desk.told.published[0][1]["attempt"] == 0


def test_a_late_end_changes_nothing() -> None:
    desk = Desk()
    run = desk.queue()
    advance("acme", desk.ports)
    cancel("acme", run.id, "user ann", desk.ports)
    assert not notify(Ticket("acme", run.dataset, run.id, 1), DONE, desk.ports)
    assert desk.state(run) is RunState.CANCELLED
    assert desk.kinds == ["Run Cancelled"]


def test_a_run_that_is_over_stays_as_it_is() -> None:
    desk = Desk()
    run = desk.queue()
    advance("acme", desk.ports)
    notify(Ticket("acme", run.dataset, run.id, 1), DONE, desk.ports)
    with pytest.raises(Conflict) as caught:
        cancel("acme", run.id, "user ann", desk.ports)
    assert caught.value.code == "run_over"
    assert desk.now(run).outcome == DONE


def test_a_stop_that_failed_is_repeated_by_cancelling_again() -> None:
    class Away(FakeWorkflow):
        away = True

        def stop(self, name: str, cause: str) -> None:
            if self.away:
                raise Unavailable("not now")
            super().stop(name, cause)

    workflow = Away()
    desk = Desk(workflow=workflow)
    run = desk.queue()
    advance("acme", desk.ports)
    with pytest.raises(Unavailable):
        cancel("acme", run.id, "user ann", desk.ports)
    workflow.away = False
    cancel("acme", run.id, "user bob", desk.ports)
    assert workflow.statuses == {f"{run.id}-1": "ABORTED"}
    failure = desk.now(run).outcome.failure
    assert failure is not None
    assert "ann" in failure.message  # who was first


def test_another_tenant_s_run_is_as_one_that_is_not() -> None:
    desk = Desk()
    run = desk.queue()
    with pytest.raises(NotFound):
        cancel("other", run.id, "user ann", desk.ports)
