"""Another attempt of a run that is over, when its owner wants one."""

from __future__ import annotations

import pytest

from millrace.domain.errors import Conflict, NotFound
from millrace.domain.job import Ticket
from millrace.domain.run import Failure, Outcome, Run, RunState
from millrace.usecases.advance import advance
from millrace.usecases.notify import notify
from millrace.usecases.retry import retry
from tests import samples
from tests.unit.usecases.desk import Desk

BROKE = Outcome(RunState.FAILED, Failure("internal", "a step broke"))
DONE = Outcome(RunState.SUCCEEDED, version=1, promoted=True)
REFUSED = Outcome(RunState.REJECTED, Failure("no_rows", "there are none"))
STOPPED = Outcome(RunState.CANCELLED, Failure("cancelled", "user ann cancelled it"))


def ended(desk: Desk, outcome: Outcome) -> Run:
    run = desk.queue()
    advance("acme", desk.ports)
    assert notify(Ticket("acme", run.dataset, run.id, 1), outcome, desk.ports)
    return run


@pytest.mark.parametrize("outcome", [BROKE, STOPPED], ids=lambda end: str(end.state))
def test_what_failed_or_was_cancelled_begins_again(outcome: Outcome) -> None:
    desk = Desk()
    run = ended(desk, outcome)
    again = retry("acme", run.id, desk.ports)
    assert (again.outcome.state, again.attempts, again.finished) == (RunState.RUNNING, 2, None)
    assert list(desk.workflow.started) == [f"{run.id}-1", f"{run.id}-2"]
    assert desk.workflow.started[f"{run.id}-2"]["attempt"] == 2
    assert [each.outcome.state for each in desk.runs.attempts("acme", run.id)] == [outcome.state, RunState.RUNNING]


@pytest.mark.parametrize("outcome", [DONE, REFUSED], ids=lambda end: str(end.state))
def test_what_was_answered_begins_again_with_force_only(outcome: Outcome) -> None:
    desk = Desk()
    run = ended(desk, outcome)
    with pytest.raises(Conflict) as caught:
        retry("acme", run.id, desk.ports)
    assert (caught.value.code, caught.value.field) == ("run_finished", "run_id")
    assert "--force" in str(caught.value.hint)
    assert desk.state(run) is outcome.state
    assert retry("acme", run.id, desk.ports, force=True).attempts == 2


@pytest.mark.parametrize("waits", [True, False])
def test_an_open_run_is_not_begun_twice(*, waits: bool) -> None:
    desk = Desk()
    run = desk.queue()
    if not waits:
        advance("acme", desk.ports)
    with pytest.raises(Conflict) as caught:
        retry("acme", run.id, desk.ports, force=True)
    assert caught.value.code == "run_open"


def test_an_upload_that_was_refused_unread_can_only_be_mended() -> None:
    desk = Desk()
    run = samples.run(outcome=REFUSED, finished=samples.NOW)
    desk.runs.claim(run)
    with pytest.raises(Conflict) as caught:
        retry("acme", run.id, desk.ports, force=True)
    assert caught.value.code == "never_began"


def test_it_waits_its_turn() -> None:
    desk = Desk(limit=1)
    run = ended(desk, BROKE)
    first, second = desk.queue(2), desk.queue(3)
    advance("acme", desk.ports)
    desk.clock.advance(1)
    assert retry("acme", run.id, desk.ports).outcome.state is RunState.QUEUED
    assert [place.run_id for place in desk.runs.queue("acme").waiting] == [second.id, run.id]
    assert desk.state(first) is RunState.RUNNING


def test_of_two_at_once_one_wins() -> None:
    desk = Desk()
    run = ended(desk, BROKE)

    class Slow(type(desk.runs)):  # type: ignore[misc]  # the fake, whose enqueue comes second
        def enqueue(self, tenant: str, run_id: str, attempts: int, at: str) -> bool:
            assert desk.runs.enqueue(tenant, run_id, attempts, at)
            return desk.runs.enqueue(tenant, run_id, attempts, at)

    slow = Slow()
    slow.__dict__.update(desk.runs.__dict__)
    ports = Desk(runs=slow, workflow=desk.workflow).ports
    with pytest.raises(Conflict) as caught:
        retry("acme", run.id, ports)
    assert caught.value.code == "run_changed"


def test_another_tenant_s_run_is_as_one_that_is_not() -> None:
    desk = Desk()
    run = ended(desk, BROKE)
    with pytest.raises(NotFound):
        retry("other", run.id, desk.ports)
