"""Nothing stays open for ever."""

from __future__ import annotations

from dataclasses import replace

import pytest

from millrace.domain.errors import Unavailable
from millrace.domain.job import Ticket
from millrace.domain.queue import Place
from millrace.domain.run import Outcome, RunState
from millrace.usecases.advance import advance
from millrace.usecases.notify import notify
from millrace.usecases.reconcile import MAX_RECOVERIES, OWNER_SECONDS, Reconciled, reconcile
from tests import samples
from tests.fakes.workflow import AwayWorkflow, FakeWorkflow
from tests.unit.usecases.desk import Desk

DONE = Outcome(RunState.SUCCEEDED, version=1, promoted=True)


def test_with_nothing_open_there_is_nothing_to_do() -> None:
    assert reconcile(Desk().ports) == Reconciled()


def test_what_runs_is_left_alone() -> None:
    desk = Desk()
    run = desk.queue()
    advance("acme", desk.ports)
    assert reconcile(desk.ports) == Reconciled()
    assert desk.now(run).attempts == 1


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED", "SUCCEEDED"])
def test_a_dead_execution_is_followed_by_another_attempt(status: str) -> None:
    desk = Desk()
    run = desk.queue()
    advance("acme", desk.ports)
    desk.workflow.statuses[f"{run.id}-1"] = status
    assert reconcile(desk.ports) == Reconciled(recovered=[run.id])
    now = desk.now(run)
    assert (now.outcome.state, now.attempts, now.recoveries) == (RunState.RUNNING, 2, 1)
    lost, running = desk.runs.attempts("acme", run.id)
    assert lost.outcome.failure is not None
    assert (lost.outcome.failure.code, running.outcome.state) == ("execution_lost", RunState.RUNNING)
    assert desk.workflow.started[f"{run.id}-2"]["attempt"] == 2
    assert len(desk.runs.queue("acme").running) == 1
    assert notify(Ticket("acme", run.dataset, run.id, 2), DONE, desk.ports)
    assert desk.runs.queues() == []


def test_after_enough_attempts_the_run_fails_and_the_next_one_begins() -> None:
    desk = Desk(limit=1)
    run, following = desk.queue(1), desk.queue(2)
    advance("acme", desk.ports)
    for number in range(1, MAX_RECOVERIES + 1):
        desk.workflow.statuses[f"{run.id}-{number}"] = "FAILED"
        assert reconcile(desk.ports).recovered == [run.id]
    desk.workflow.statuses[f"{run.id}-{MAX_RECOVERIES + 1}"] = "FAILED"
    assert reconcile(desk.ports) == Reconciled(given_up=[run.id])
    now = desk.now(run)
    assert now.outcome.failure is not None
    assert (now.outcome.state, now.outcome.failure.code) == (RunState.FAILED, "execution_lost")
    assert now.attempts == MAX_RECOVERIES + 1
    assert desk.kinds == ["Run Failed"]
    assert desk.state(following) is RunState.RUNNING


def test_a_crash_before_the_execution_is_mended_under_the_same_name() -> None:
    desk = Desk(workflow=AwayWorkflow())
    run = desk.queue()
    with pytest.raises(Unavailable):
        advance("acme", desk.ports)
    desk.workflow = FakeWorkflow()
    desk.clock.advance(OWNER_SECONDS - 0.001)
    assert reconcile(desk.ports) == Reconciled()  # who claimed the attempt may be about to start it
    desk.clock.advance(0.001)
    assert reconcile(desk.ports) == Reconciled(started=[run.id])
    assert list(desk.workflow.started) == [f"{run.id}-1"]
    assert desk.now(run).attempts == 1


def test_a_queue_that_stopped_moves_on() -> None:
    desk = Desk()
    run = desk.queue()
    assert reconcile(desk.ports) == Reconciled()
    assert desk.state(run) is RunState.RUNNING


def test_a_slot_whose_run_is_over_is_freed() -> None:
    desk = Desk(limit=1)
    over = samples.run(id="a" * 32, outcome=DONE, finished=samples.NOW)
    desk.runs.claim(over)
    desk.runs._places |= {Place("acme", over.id, samples.NOW, 1)}
    run = desk.queue()
    assert reconcile(desk.ports) == Reconciled(vacated=[over.id])
    assert desk.state(run) is RunState.RUNNING


def test_a_trouble_with_one_run_keeps_no_other_waiting() -> None:
    class Deaf(FakeWorkflow):
        def status(self, name: str) -> str | None:
            if name.startswith("0" * 31 + "1"):
                raise Unavailable("not now")
            return super().status(name)

    desk = Desk(workflow=Deaf())
    one, two, theirs = desk.queue(1), desk.queue(2), desk.queue(3, "other")
    for tenant in ("acme", "other"):
        advance(tenant, desk.ports)
    for run in (two, theirs):
        desk.workflow.statuses[f"{run.id}-1"] = "FAILED"
    mended = reconcile(desk.ports)
    assert (mended.recovered, mended.troubles) == ([two.id, theirs.id], ["unavailable"])
    assert desk.now(one).attempts == 1


def test_a_retry_may_be_recovered_as_often_again() -> None:
    desk = Desk()
    run = desk.queue()
    advance("acme", desk.ports)
    desk.workflow.statuses[f"{run.id}-1"] = "FAILED"
    reconcile(desk.ports)
    notify(Ticket("acme", run.dataset, run.id, 2), replace(DONE, state=RunState.FAILED), desk.ports)
    desk.runs.enqueue("acme", run.id, 2, desk.clock.now())
    assert desk.now(run).recoveries == 0
