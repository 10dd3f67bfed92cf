"""Runs that wait, take slots and leave them, on the fake and on AWS."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from millrace.adapters import items
from millrace.adapters.runs import DynamoRuns
from millrace.adapters.session import Clients
from millrace.domain.queue import Place, Queue
from millrace.domain.run import Outcome, Run, RunState
from millrace.ports import Runs
from tests.contracts.racing import race
from tests.contracts.samples import REJECTED, RUNNING, SUCCEEDED, attempt, moment, run
from tests.fakes.runs import FakeRuns


@pytest.fixture(params=["fake", "aws"])
def runs(request: pytest.FixtureRequest) -> Runs:
    if request.param == "fake":
        return FakeRuns()
    return DynamoRuns(request.getfixturevalue("clients").dynamodb(), request.getfixturevalue("table"))


QUEUED = Outcome(RunState.QUEUED)
CANCELLED = Outcome(RunState.CANCELLED)


def waiting(tenant: str, number: int = 1) -> Run:
    return replace(run(tenant, number), outcome=QUEUED, queued=moment(number))


def begin(runs: Runs, of: Run, slot: int, number: int = 1) -> bool:
    return runs.claim_attempt(replace(attempt(of, number), slot=slot))


def test_a_queued_run_stands_at_the_queue_s_end(runs: Runs, tenant: str) -> None:
    made = [waiting(tenant, number) for number in range(1, 13)]
    for each in reversed(made):
        assert runs.claim(each)
    assert not runs.claim(made[3])
    places = tuple(Place(tenant, each.id, moment(number)) for number, each in enumerate(made, 1))
    assert runs.queue(tenant) == Queue(tenant, (), places)
    assert runs.queue(tenant, waiting=2) == Queue(tenant, (), places[:2])
    assert runs.queue(f"{tenant}-2") == Queue(f"{tenant}-2")


def test_a_run_that_begins_takes_its_slot_and_leaves_the_queue(runs: Runs, tenant: str) -> None:
    first, second = waiting(tenant, 1), waiting(tenant, 2)
    runs.claim(first)
    runs.claim(second)
    assert begin(runs, first, slot=1)
    held = Place(tenant, first.id, attempt(first).started, 1)
    assert runs.queue(tenant) == Queue(tenant, (held,), (Place(tenant, second.id, moment(2)),))
    assert runs.find(tenant, first.id) == replace(first, outcome=RUNNING, attempts=1)
    assert not begin(runs, second, slot=1)
    assert runs.find(tenant, second.id) == second
    assert begin(runs, second, slot=2)
    assert runs.queue(tenant).waiting == ()


def test_another_tenant_s_slots_are_its_own(runs: Runs, tenant: str) -> None:
    for owner in (tenant, f"{tenant}-2"):
        runs.claim(waiting(owner))
        assert begin(runs, waiting(owner), slot=1)
    assert len(runs.queue(tenant).running) == 1
    mine = [queue for queue in runs.queues() if queue.tenant.startswith(tenant)]
    assert mine == [runs.queue(tenant), runs.queue(f"{tenant}-2")]


@pytest.mark.parametrize("outcome", [SUCCEEDED, REJECTED, CANCELLED], ids=lambda outcome: str(outcome.state))
def test_an_end_frees_the_slot(runs: Runs, tenant: str, outcome: Outcome) -> None:
    runs.claim(waiting(tenant))
    begin(runs, waiting(tenant), slot=1)
    assert runs.conclude(tenant, waiting(tenant).id, 1, outcome, moment(900))
    assert runs.queue(tenant) == Queue(tenant)
    assert tenant not in {queue.tenant for queue in runs.queues()}


def test_what_waits_can_be_withdrawn_once(runs: Runs, tenant: str) -> None:
    assert not runs.withdraw(tenant, waiting(tenant).id, CANCELLED, moment(9))
    runs.claim(waiting(tenant))
    assert not runs.conclude(tenant, waiting(tenant).id, 0, CANCELLED, moment(9))
    assert runs.withdraw(tenant, waiting(tenant).id, CANCELLED, moment(9))
    assert runs.queue(tenant) == Queue(tenant)
    assert runs.find(tenant, waiting(tenant).id) == replace(waiting(tenant), outcome=CANCELLED, finished=moment(9))
    assert not runs.withdraw(tenant, waiting(tenant).id, CANCELLED, moment(10))


def test_what_runs_is_not_withdrawn(runs: Runs, tenant: str) -> None:
    runs.claim(waiting(tenant))
    begin(runs, waiting(tenant), slot=1)
    assert not runs.withdraw(tenant, waiting(tenant).id, CANCELLED, moment(9))
    assert len(runs.queue(tenant).running) == 1


def test_of_a_start_and_a_withdrawal_that_race_one_wins(runs: Runs, tenant: str) -> None:
    for number in range(1, 7):
        one = waiting(tenant, number)
        runs.claim(one)

        def act(racer: int, one: Run = one, slot: int = number) -> bool:
            if racer % 2:
                return runs.withdraw(tenant, one.id, CANCELLED, moment(9))
            return begin(runs, one, slot=slot)

        assert race(4, act).count(True) == 1
        found = runs.find(tenant, one.id)
        assert found is not None
        held = [place for place in runs.queue(tenant).running if place.run_id == one.id]
        assert (found.outcome, len(held)) in ((RUNNING, 1), (CANCELLED, 0))
    assert runs.queue(tenant).waiting == ()


def test_only_a_final_run_waits_again_at_the_end(runs: Runs, tenant: str) -> None:
    first, second = waiting(tenant, 1), waiting(tenant, 2)
    assert not runs.enqueue(tenant, first.id, 0, moment(8))
    runs.claim(first)
    assert not runs.enqueue(tenant, first.id, 0, moment(8))  # it waits
    begin(runs, first, slot=1)
    assert not runs.enqueue(tenant, first.id, 1, moment(8))  # it runs
    runs.conclude(tenant, first.id, 1, REJECTED, moment(900))
    runs.claim(second)
    assert not runs.enqueue(tenant, first.id, 2, moment(901))
    assert race(6, lambda _: runs.enqueue(tenant, first.id, 1, moment(901))).count(True) == 1
    assert [place.run_id for place in runs.queue(tenant).waiting] == [second.id, first.id]
    again = replace(first, outcome=QUEUED, attempts=1, queued=moment(901))
    assert runs.find(tenant, first.id) == again
    assert begin(runs, first, slot=1, number=2)
    assert [each.outcome for each in runs.attempts(tenant, first.id)] == [REJECTED, RUNNING]


def test_a_late_end_of_the_attempt_before_does_not_close_a_run_that_waits_again(runs: Runs, tenant: str) -> None:
    runs.claim(waiting(tenant))
    begin(runs, waiting(tenant), slot=1)
    runs.conclude(tenant, waiting(tenant).id, 1, REJECTED, moment(900))
    runs.enqueue(tenant, waiting(tenant).id, 1, moment(901))
    assert not runs.conclude(tenant, waiting(tenant).id, 1, REJECTED, moment(902))
    assert len(runs.queue(tenant).waiting) == 1


def test_a_lost_attempt_is_followed_in_its_slot(runs: Runs, tenant: str) -> None:
    one = waiting(tenant)
    runs.claim(one)
    begin(runs, one, slot=2)
    following = replace(attempt(one, 2), slot=2)
    assert race(12, lambda _: runs.recover(following, REJECTED)).count(True) == 1
    assert [each.outcome for each in runs.attempts(tenant, one.id)] == [REJECTED, RUNNING]
    assert runs.find(tenant, one.id) == replace(one, outcome=RUNNING, attempts=2, recoveries=1)
    assert runs.queue(tenant).running == (Place(tenant, one.id, following.started, 2),)
    assert not runs.conclude(tenant, one.id, 1, SUCCEEDED, moment(900))
    assert runs.conclude(tenant, one.id, 2, SUCCEEDED, moment(901))
    assert not runs.recover(replace(attempt(one, 3), slot=2), REJECTED)
    runs.enqueue(tenant, one.id, 2, moment(902))
    again = runs.find(tenant, one.id)
    assert again is not None
    assert again.recoveries == 0


def test_of_an_end_and_a_recovery_that_race_one_wins(runs: Runs, tenant: str) -> None:
    one = waiting(tenant)
    runs.claim(one)
    begin(runs, one, slot=1)

    def act(racer: int) -> bool:
        if racer % 2:
            return runs.conclude(tenant, one.id, 1, SUCCEEDED, moment(900))
        return runs.recover(replace(attempt(one, 2), slot=1), REJECTED)

    assert race(12, act).count(True) == 1
    found = runs.find(tenant, one.id)
    assert found is not None
    assert (found.outcome, found.attempts, len(runs.queue(tenant).running)) in ((SUCCEEDED, 1, 0), (RUNNING, 2, 1))


def test_only_the_place_that_was_seen_is_vacated(runs: Runs, tenant: str) -> None:
    runs.claim(waiting(tenant))
    begin(runs, waiting(tenant), slot=1)
    (held,) = runs.queue(tenant).running
    runs.vacate(replace(held, since=moment(1)))
    runs.vacate(replace(held, run_id="f" * 32))
    assert runs.queue(tenant).running == (held,)
    runs.vacate(held)
    runs.vacate(held)
    assert runs.queue(tenant) == Queue(tenant)


def test_of_twelve_that_race_for_a_slot_one_gets_it(runs: Runs, tenant: str) -> None:
    made = [waiting(tenant, number) for number in range(12)]
    for each in made:
        runs.claim(each)
    assert race(12, lambda number: begin(runs, made[number], slot=1)).count(True) == 1
    queue = runs.queue(tenant)
    assert (len(queue.running), len(queue.waiting)) == (1, 11)


def test_pages_come_newest_first_and_end(runs: Runs, tenant: str) -> None:
    made = [replace(run(tenant, number), attempts=0) for number in range(25)]
    for each in made:
        runs.claim(each)
        runs.claim_attempt(attempt(each))
    newest = [replace(each, attempts=1) for each in reversed(made)]
    first = runs.page(tenant, 12)
    assert (list(first.runs), first.next) == (newest[:12], newest[11].cursor)
    second = runs.page(tenant, 12, first.next)
    assert list(second.runs) == newest[12:24]
    last = runs.page(tenant, 12, second.next)
    assert (list(last.runs), last.next) == (newest[24:], None)
    assert runs.page(tenant, 25).next is None
    assert list(runs.page(tenant, 25).runs) == newest
    assert list(runs.page(f"{tenant}-2", 5).runs) == []


def test_runs_of_the_same_moment_are_all_listed(runs: Runs, tenant: str) -> None:
    made = [replace(run(tenant, number), created=moment(5)) for number in range(4)]
    for each in made:
        runs.claim(each)
    seen, cursor = list[Run](), None
    for _ in made:
        page = runs.page(tenant, 1, cursor)
        seen, cursor = [*seen, *page.runs], page.next
    assert cursor is None
    assert Counter(each.id for each in seen) == Counter(each.id for each in made)


def test_runs_from_before_there_was_a_timeline_are_listed_last(clients: Clients, table: str, tenant: str) -> None:
    old = [run(tenant, number) for number in range(3)]
    for each in old:
        item = items.pack(each, f"RUNS#{tenant}", each.id)
        for later in ("queued", "recoveries"):
            del item[later]
        clients.dynamodb().put_item(TableName=table, Item=item)
        clients.dynamodb().put_item(
            TableName=table, Item=items.pack(attempt(each), f"RUNS#{tenant}", f"{each.id}#000001")
        )
    runs = DynamoRuns(clients.dynamodb(), table)
    new = [run(tenant, number) for number in range(10, 13)]
    for each in new:
        runs.claim(each)
    expected, seen, cursor = [*reversed(new), *reversed(old)], list[Run](), None
    while True:
        page = runs.page(tenant, 2, cursor)
        seen, cursor = [*seen, *page.runs], page.next
        if cursor is None:
            break
    assert seen == expected


def test_a_page_reads_no_more_than_itself(clients: Clients, table: str, tenant: str) -> None:
    runs = DynamoRuns(clients.dynamodb(), table)
    for number in range(30):
        runs.claim(run(tenant, number))
    read: list[object] = []
    clients.dynamodb().meta.events.register(
        "after-call.dynamodb", lambda parsed, **_: read.extend(parsed.get("Items", parsed.get("Responses", ())))
    )
    try:
        assert len(runs.page(tenant, 2).runs) == 2
    finally:
        clients.dynamodb().meta.events.unregister("after-call.dynamodb")
    assert len(read) == 3 + 2  # entries, one more than shown; runs


def test_an_upload_leads_to_the_run_that_was_claimed_for_it(runs: Runs, tenant: str) -> None:
    assert runs.of_upload(tenant, "u1") is None
    assert runs.claim(run(tenant, 1), "u1")
    assert not runs.claim(run(tenant, 2), "u1")
    assert runs.find(tenant, run(tenant, 2).id) is None
    assert runs.of_upload(tenant, "u1") == run(tenant, 1).id
    assert runs.of_upload(f"{tenant}-2", "u1") is None
    assert list(runs.of_tenant(tenant)) == [run(tenant, 1)]


def test_another_upload_can_lead_to_the_same_run_and_an_upload_to_one_only(runs: Runs, tenant: str) -> None:
    runs.claim(run(tenant, 1), "u1")
    assert not runs.claim(run(tenant, 1), "u2")
    assert runs.of_upload(tenant, "u2") is None
    assert runs.mark(tenant, "u2", run(tenant, 1).id) == run(tenant, 1).id
    assert runs.mark(tenant, "u2", run(tenant, 2).id) == run(tenant, 1).id
    assert runs.of_upload(tenant, "u2") == run(tenant, 1).id


def test_of_twelve_runs_that_race_for_an_upload_one_is_there(runs: Runs, tenant: str) -> None:
    assert race(12, lambda n: runs.claim(run(tenant, n), "u1")).count(True) == 1
    assert [each.id for each in runs.of_tenant(tenant)] == [runs.of_upload(tenant, "u1")]
