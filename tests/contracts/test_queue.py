"""Ends and beginnings that race, over the fake and over the table: each run is started once, and none is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import pytest

from millrace.adapters import items
from millrace.adapters.runs import DynamoRuns
from millrace.adapters.session import Clients
from millrace.domain.job import Ticket
from millrace.domain.queue import Place, Queue
from millrace.domain.run import Outcome, Run, RunState
from millrace.ports import Runs
from millrace.usecases.advance import advance
from millrace.usecases.cancel import cancel
from millrace.usecases.notify import NotifyPorts, notify
from millrace.usecases.reconcile import reconcile
from tests.contracts.racing import race
from tests.contracts.samples import SUCCEEDED, moment, run
from tests.fakes.announcements import FakeAnnouncements
from tests.fakes.clock import FakeClock
from tests.fakes.runs import FakeRuns
from tests.fakes.workflow import FakeWorkflow

RACERS = 12


class Starts(FakeWorkflow):
    """Remembers each start, the second one of a name too."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = Counter[str]()

    def start(self, name: str, payload: Mapping[str, object]) -> None:
        with self._lock:
            self.calls[name] += 1
        super().start(name, payload)


@pytest.fixture(params=["fake", "aws"])
def runs(request: pytest.FixtureRequest) -> Runs:
    if request.param == "fake":
        return FakeRuns()
    return DynamoRuns(request.getfixturevalue("clients").dynamodb(), request.getfixturevalue("table"))


def ports(runs: Runs, limit: int) -> NotifyPorts:
    return NotifyPorts(runs, (FakeAnnouncements(),), Starts(), FakeClock(), limit)


def queued(tenant: str, number: int) -> Run:
    return replace(run(tenant, number), outcome=Outcome(RunState.QUEUED), queued=moment(number))


def ticket(of: Run) -> Ticket:
    return Ticket(of.tenant, of.dataset, of.id, 1)


def states(runs: Runs, made: list[Run]) -> Counter[RunState]:
    return Counter(found.outcome.state for each in made if (found := runs.find(each.tenant, each.id)))


def test_twelve_ends_at_once_begin_twelve_others_once_each(runs: Runs, tenant: str) -> None:
    desk = ports(runs, RACERS)
    made = [queued(tenant, number) for number in range(30)]
    for each in made:
        runs.claim(each)
    advance(tenant, desk)
    assert states(runs, made) == {RunState.RUNNING: RACERS, RunState.QUEUED: 18}
    assert all(race(RACERS, lambda number: notify(ticket(made[number]), SUCCEEDED, desk)))
    assert states(runs, made) == {RunState.SUCCEEDED: RACERS, RunState.RUNNING: RACERS, RunState.QUEUED: 6}
    assert [runs.find(tenant, each.id).outcome.state for each in made[24:]] == [RunState.QUEUED] * 6  # type: ignore[union-attr]  # they are there
    assert isinstance(desk.workflow, Starts)
    assert desk.workflow.calls == Counter(f"{each.id}-1" for each in made[:24])


def test_twelve_that_come_at_once_fill_the_slots_and_no_more(runs: Runs, tenant: str) -> None:
    desk = ports(runs, 2)
    made = [queued(tenant, number) for number in range(RACERS)]

    def come(number: int) -> bool:
        claimed = runs.claim(made[number])
        advance(tenant, desk)
        return claimed

    assert all(race(RACERS, come))
    assert states(runs, made) == {RunState.RUNNING: 2, RunState.QUEUED: RACERS - 2}
    assert isinstance(desk.workflow, Starts)
    assert set(desk.workflow.calls.values()) == {1}
    assert len(desk.workflow.calls) == 2


def test_ends_and_arrivals_at_once_leave_no_free_slot_beside_one_that_waits(runs: Runs, tenant: str) -> None:
    desk = ports(runs, 3)
    made = [queued(tenant, number) for number in range(RACERS)]
    for each in made[:6]:
        runs.claim(each)
    advance(tenant, desk)

    def act(number: int) -> None:
        if number < 3:
            notify(ticket(made[number]), SUCCEEDED, desk)
        elif number < 6:
            cancel(tenant, made[number].id, "somebody", desk)
        else:
            runs.claim(made[number])
            advance(tenant, desk)

    race(RACERS, act)
    queue = runs.queue(tenant)
    assert (len(queue.running), len(queue.waiting)) == (3, 3)
    assert states(runs, made) == {
        RunState.SUCCEEDED: 3,
        RunState.CANCELLED: 3,
        RunState.RUNNING: 3,
        RunState.QUEUED: 3,
    }
    while running := [place.run_id for place in runs.queue(tenant).running]:
        for run_id in running:
            assert runs.conclude(tenant, run_id, 1, SUCCEEDED, moment(900))
        advance(tenant, desk)
    assert states(runs, made) == {RunState.SUCCEEDED: 9, RunState.CANCELLED: 3}
    assert isinstance(desk.workflow, Starts)
    assert set(desk.workflow.calls.values()) == {1}


def test_twelve_reconcilers_at_once_begin_one_attempt(runs: Runs, tenant: str) -> None:
    desk = ports(runs, 2)
    one = queued(tenant, 1)
    runs.claim(one)
    advance(tenant, desk)
    assert isinstance(desk.workflow, Starts)
    desk.workflow.statuses[f"{one.id}-1"] = "FAILED"
    race(RACERS, lambda _: reconcile(replace(desk, runs=cast("Runs", Mine(runs, tenant)))))
    found = runs.find(tenant, one.id)
    assert found is not None
    assert (found.attempts, found.recoveries, found.outcome.state) == (2, 1, RunState.RUNNING)
    assert desk.workflow.calls == {f"{one.id}-1": 1, f"{one.id}-2": 1}


class Mine:
    """The runs of one tenant: the suite's table is shared with tests whose runs must be left alone."""

    def __init__(self, runs: Runs, tenant: str) -> None:
        self._runs, self._tenant = runs, tenant

    def queues(self) -> list[object]:
        return [queue for queue in self._runs.queues() if queue.tenant == self._tenant]

    def __getattr__(self, name: str) -> object:
        return getattr(self._runs, name)


def test_places_that_a_crash_left_keep_nobody_waiting(clients: Clients, table: str, tenant: str) -> None:
    """The removal of a place follows the transaction in which it was left, and may never come."""
    runs = DynamoRuns(clients.dynamodb(), table)
    over = replace(run(tenant, 1), outcome=SUCCEEDED)
    runs.claim(over)
    for sk, slot in ((f"{tenant}#slot#000001", 1), (f"{tenant}#wait#{moment(1)}#{over.id}", 0)):
        left = Place(tenant, over.id, moment(1), slot, left=True)
        clients.dynamodb().put_item(TableName=table, Item=items.pack(left, "OPEN", sk))
    assert runs.queue(tenant) == Queue(tenant)
    assert tenant not in {queue.tenant for queue in runs.queues()}
    runs.claim(queued(tenant, 2))
    advance(tenant, ports(runs, 1))
    assert [(place.run_id, place.slot) for place in runs.queue(tenant).running] == [(queued(tenant, 2).id, 1)]
    assert runs.queue(tenant, waiting=9).waiting == ()
