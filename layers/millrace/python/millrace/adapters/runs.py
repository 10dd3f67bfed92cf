"""The registry's runs in DynamoDB, where what belongs together changes in one transaction.

RUNS#<tenant> / <run id> and <run id>#<attempt> hold the records, UPLOAD#<id> there which run an upload leads to;
TIMELINE#<tenant> / <created>~<run id> lists runs by time; OPEN / <tenant>#slot#<n> and <tenant>#wait#<since>#<run id>
are the places of the runs that aren't over, of every tenant in one partition, so that all of them are found without
reading anything else. A place is marked as left in the transaction and deleted after it: a role may delete in OPEN
only, and a transaction is judged by all its partitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from millrace.adapters.documents import plain
from millrace.adapters.table import ABSENT, Table, Write, delete, put, update
from millrace.adapters.timeline import Timeline, entry
from millrace.domain.errors import Unavailable
from millrace.domain.queue import Place, Queue
from millrace.domain.run import Attempt, Outcome, Run, RunPage, RunState

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

OPEN = "OPEN"
LEFT = {"left": True}
RUNNING, QUEUED = Outcome(RunState.RUNNING), Outcome(RunState.QUEUED)


@dataclass(frozen=True, slots=True)
class _Claim:
    """Which run an upload leads to."""

    run_id: str


class DynamoRuns:
    """Implements ports.Runs."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._table = Table(client, table)
        self._timeline = Timeline(self._table)

    def claim(self, run: Run, upload: str | None = None) -> bool:
        """Create the run if it does not exist, at the queue's end if its state is queued.

        False when it does, or when the upload leads to another already.
        """
        writes = [self._timeline.listed(put(run, _partition(run.tenant), run.id)), entry(run)]
        if run.outcome.state is RunState.QUEUED:
            writes.append(_wait(run.tenant, run.id, run.queued or run.created))
        if upload is not None:
            writes.append(put(_Claim(run.id), _partition(run.tenant), _claim_key(upload)))
        return self._table.commit(writes, f"run {run.id}") is None

    def enqueue(self, tenant: str, run_id: str, attempts: int, at: str) -> bool:
        """Put a final run back at its queue's end; False when it isn't final after this many attempts."""
        run = self.find(tenant, run_id)
        if run is None or not run.outcome.state.is_final or run.attempts != attempts:
            return False
        waits = {"outcome": plain(QUEUED), "finished": None, "queued": at, "recoveries": 0}
        writes = [_run_update(run, waits), _wait(tenant, run_id, at)]
        return self._table.commit(writes, f"run {run_id}") is None

    def of_upload(self, tenant: str, upload: str) -> str | None:
        """The id of the run that an upload leads to, or None."""
        found = self._table.get(_Claim, _partition(tenant), _claim_key(upload))
        return None if found is None else found.run_id

    def mark(self, tenant: str, upload: str, run_id: str) -> str:
        """Let an upload lead to this run, unless it leads to one already; the id of the run it leads to now."""
        self._table.add(_Claim(run_id), _partition(tenant), _claim_key(upload))
        return self.of_upload(tenant, upload) or run_id

    def claim_attempt(self, attempt: Attempt) -> bool:
        """Create the attempt, in its slot and out of the queue, and open the run with its count raised, in one write.

        False when it is not the next, when the run does not wait or another holds the slot. Without a slot it need not
        wait: so it was before there were any.
        """
        run = self.find(attempt.tenant, attempt.run_id)
        if run is None or run.attempts != attempt.number - 1 or (attempt.slot and run.outcome != QUEUED):
            return False
        opened = {"attempts": attempt.number, "outcome": plain(attempt.outcome), "finished": attempt.finished}
        writes = [_run_update(run, opened), _attempt_put(attempt)]
        if attempt.slot:
            place = Place(run.tenant, run.id, attempt.started, attempt.slot)
            writes.append(put(place, OPEN, _slot_key(run.tenant, attempt.slot), f"{ABSENT} OR #left = :left", LEFT))
        leaves = _waits_at(run) if run.outcome.state is RunState.QUEUED else None
        return self._leave(leaves, run.id, writes)

    def recover(self, attempt: Attempt, lost: Outcome) -> bool:
        """Create the attempt in the slot of the one before, which ends as `lost`; False when that one is over."""
        run = self.find(attempt.tenant, attempt.run_id)
        if run is None or run.outcome != RUNNING or run.attempts != attempt.number - 1:
            return False
        ended = {"outcome": plain(lost), "finished": attempt.started}
        raised = {"attempts": attempt.number, "recoveries": run.recoveries + 1}
        slot, mine = _slot_key(run.tenant, attempt.slot), {"run_id": run.id}
        writes = [
            _attempt_update(run, run.attempts, ended),
            _run_update(run, raised),
            _attempt_put(attempt),
            update(OPEN, slot, {"since": attempt.started}, "#run_id = :run_id", mine),
        ]
        return self._table.commit(writes, f"run {run.id}") is None

    def find(self, tenant: str, run_id: str) -> Run | None:
        """The run with a strongly consistent read, or None."""
        return self._table.get(Run, _partition(tenant), run_id)

    def attempts(self, tenant: str, run_id: str) -> Sequence[Attempt]:
        """The run's attempts by number."""
        return self._table.all(Attempt, _partition(tenant), f"{run_id}#")

    def of_tenant(self, tenant: str) -> Sequence[Run]:
        """Every run of a tenant, newest first: it reads them all, so show people `page`."""
        found = self._table.all(Run, _partition(tenant), without="#")
        return sorted(found, key=lambda run: run.cursor, reverse=True)

    def page(self, tenant: str, limit: int, after: str | None = None) -> RunPage:
        """At most `limit` of a tenant's runs, newest first, from the one after the run with this cursor."""
        return self._timeline.page(tenant, _partition(tenant), limit, after)

    def conclude(self, tenant: str, run_id: str, attempt: int, outcome: Outcome, at: str) -> bool:
        """Close the run and its attempt and free its slot in one write.

        False when the run was final or a later attempt has begun.
        """
        run = self.find(tenant, run_id)
        held = self._table.get(Attempt, _partition(tenant), _attempt_key(run_id, attempt))
        if run is None or held is None or run.outcome != RUNNING or run.attempts != attempt:
            return False
        closed = {"outcome": plain(outcome), "finished": at}
        writes = [_run_update(run, closed), _attempt_update(run, attempt, closed)]
        return self._leave(_slot_key(tenant, held.slot) if held.slot else None, run_id, writes)

    def withdraw(self, tenant: str, run_id: str, outcome: Outcome, at: str) -> bool:
        """Close a run that waits, and take it out of the queue; False when it does not wait."""
        run = self.find(tenant, run_id)
        if run is None or run.outcome != QUEUED:
            return False
        return self._leave(_waits_at(run), run_id, [_run_update(run, {"outcome": plain(outcome), "finished": at})])

    def queue(self, tenant: str, waiting: int | None = None) -> Queue:
        """A tenant's open runs with a strongly consistent read, with at most so many of those that wait."""
        if waiting is None:
            return _queue(tenant, self._table.all(Place, OPEN, f"{tenant}#"))
        # A place that a crash left in the queue may be the first one: who finds no run there vacates it.
        running = self._table.all(Place, OPEN, f"{tenant}#slot#")
        first = self._table.some(Place, OPEN, waiting, prefix=f"{tenant}#wait#")
        return Queue(tenant, _queue(tenant, running).running, tuple(first))

    def queues(self) -> Sequence[Queue]:
        """The queue of every tenant that has an open run."""
        places = [place for place in self._table.all(Place, OPEN) if not place.left]
        return [_queue(tenant, list(each)) for tenant, each in groupby(places, key=lambda place: place.tenant)]

    def vacate(self, place: Place) -> None:
        """Remove a place whose run does not stand there; does nothing when another run or time stands there now."""
        sk = _slot_key(place.tenant, place.slot) if place.slot else _wait_key(place.tenant, place.run_id, place.since)
        same = {"run_id": place.run_id, "since": place.since}
        self._table.change(delete(OPEN, sk, "#run_id = :run_id AND #since = :since", same))

    def _leave(self, place: str | None, run_id: str, writes: Sequence[Write]) -> bool:
        """Do these writes together with leaving the run's place, by its sort key, and then remove that.

        What is done is done: a place that could not be removed is known as left, and keeps nobody waiting.
        """
        left = [update(OPEN, place, LEFT, "#run_id = :run_id", {"run_id": run_id})] if place else []
        done = self._table.commit([*writes, *left], f"run {run_id}") is None
        if done and place:
            with suppress(Unavailable):
                self._table.change(delete(OPEN, place, "#left = :left", LEFT))
        return done


def _queue(tenant: str, places: Sequence[Place]) -> Queue:
    there = [place for place in places if not place.left]
    return Queue(
        tenant, tuple(place for place in there if place.slot), tuple(place for place in there if not place.slot)
    )


def _run_update(run: Run, changes: dict[str, Any]) -> Write:
    """The write of a run's fields where it still stands as it was read."""
    stands, given = "#outcome.#state = :state AND #attempts = :number", {"number": run.attempts}
    return update(_partition(run.tenant), run.id, changes, stands, given | {"state": str(run.outcome.state)})


def _attempt_update(run: Run, number: int, changes: dict[str, Any]) -> Write:
    """The write of a running attempt's fields."""
    running = {"state": str(RunState.RUNNING)}
    return update(_partition(run.tenant), _attempt_key(run.id, number), changes, "#outcome.#state = :state", running)


def _attempt_put(attempt: Attempt) -> Write:
    return put(attempt, _partition(attempt.tenant), _attempt_key(attempt.run_id, attempt.number))


def _wait(tenant: str, run_id: str, since: str) -> Write:
    return put(Place(tenant, run_id, since), OPEN, _wait_key(tenant, run_id, since))


def _partition(tenant: str) -> str:
    return f"RUNS#{tenant}"


def _claim_key(upload: str) -> str:
    return f"UPLOAD#{upload}"


def _attempt_key(run_id: str, number: int) -> str:
    return f"{run_id}#{number:06d}"


def _slot_key(tenant: str, slot: int) -> str:
    return f"{tenant}#slot#{slot:06d}"


def _waits_at(run: Run) -> str:
    return _wait_key(run.tenant, run.id, run.queued or run.created)


def _wait_key(tenant: str, run_id: str, since: str) -> str:
    return f"{tenant}#wait#{since}#{run_id}"
