"""Runs begin in their order, so many at once and no more."""

from __future__ import annotations

import pytest

from millrace.domain.errors import Unavailable
from millrace.domain.queue import Place
from millrace.domain.run import Attempt, RunState
from millrace.usecases.advance import advance
from tests.fakes.runs import FakeRuns
from tests.fakes.workflow import AwayWorkflow
from tests.unit.usecases.desk import Desk


def test_the_first_come_begin_first_and_the_others_wait() -> None:
    desk = Desk()
    runs = [desk.queue(number) for number in range(1, 5)]
    advance("acme", desk.ports)
    assert [desk.state(run) for run in runs] == [RunState.RUNNING] * 2 + [RunState.QUEUED] * 2
    assert desk.workflow.started == {
        f"{run.id}-1": {"tenant": "acme", "dataset": "credit", "run_id": run.id, "attempt": 1} for run in runs[:2]
    }
    advance("acme", desk.ports)
    assert len(desk.workflow.started) == 2


def test_another_tenant_s_runs_take_no_slot_of_ours() -> None:
    desk = Desk(limit=1)
    theirs, ours = desk.queue(1, "other"), desk.queue(2)
    advance("other", desk.ports)
    advance("acme", desk.ports)
    assert desk.state(theirs) is desk.state(ours) is RunState.RUNNING


def test_a_lower_limit_lets_what_runs_end_first() -> None:
    desk = Desk(limit=3)
    runs = [desk.queue(number) for number in range(1, 6)]
    advance("acme", desk.ports)
    desk.limit = 1
    advance("acme", desk.ports)
    assert len(desk.runs.queue("acme").running) == 3
    assert desk.state(runs[3]) is RunState.QUEUED


def test_a_place_without_a_run_is_removed_and_the_next_one_begins() -> None:
    desk = Desk()
    desk.runs._places.add(Place("acme", "f" * 32, "2020-01-01T00:00:00.000Z"))
    run = desk.queue()
    advance("acme", desk.ports)
    assert desk.state(run) is RunState.RUNNING
    assert desk.runs.queue("acme").waiting == ()


def test_an_execution_that_could_not_start_leaves_a_run_that_holds_its_slot() -> None:
    desk = Desk(workflow=AwayWorkflow())
    run = desk.queue()
    with pytest.raises(Unavailable):
        advance("acme", desk.ports)
    assert desk.state(run) is RunState.RUNNING
    assert [place.run_id for place in desk.runs.queue("acme").running] == [run.id]


def test_who_loses_every_race_leaves_it_to_the_others() -> None:
    class Faster(FakeRuns):
        def claim_attempt(self, attempt: Attempt) -> bool:
            return False

    desk = Desk(runs=Faster())
    desk.queue()
    advance("acme", desk.ports)
    assert desk.workflow.started == {}
