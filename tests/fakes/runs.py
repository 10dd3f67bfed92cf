"""Runs, attempts and queues in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from millrace.domain.queue import Place, Queue
from millrace.domain.run import Attempt, Outcome, Run, RunPage, RunState

RUNNING, QUEUED = Outcome(RunState.RUNNING), Outcome(RunState.QUEUED)


class FakeRuns:
    def __init__(self) -> None:
        self._lock = Lock()
        self._runs: dict[tuple[str, str], Run] = {}
        self._uploads: dict[tuple[str, str], str] = {}
        self._attempts: dict[tuple[str, str], list[Attempt]] = {}
        self._places: set[Place] = set()

    def claim(self, run: Run, upload: str | None = None) -> bool:
        with self._lock:
            if (run.tenant, run.id) in self._runs or (run.tenant, upload) in self._uploads:
                return False
            if upload is not None:
                self._uploads[run.tenant, upload] = run.id
            self._runs[run.tenant, run.id] = run
            if run.outcome == QUEUED:
                self._places.add(Place(run.tenant, run.id, run.queued or run.created))
            return True

    def enqueue(self, tenant: str, run_id: str, attempts: int, at: str) -> bool:
        with self._lock:
            run = self._runs.get((tenant, run_id))
            if run is None or not run.outcome.state.is_final or run.attempts != attempts:
                return False
            self._runs[tenant, run_id] = replace(run, outcome=QUEUED, finished=None, queued=at, recoveries=0)
            self._places.add(Place(tenant, run_id, at))
            return True

    def of_upload(self, tenant: str, upload: str) -> str | None:
        with self._lock:
            return self._uploads.get((tenant, upload))

    def mark(self, tenant: str, upload: str, run_id: str) -> str:
        with self._lock:
            return self._uploads.setdefault((tenant, upload), run_id)

    def claim_attempt(self, attempt: Attempt) -> bool:
        key = (attempt.tenant, attempt.run_id)
        with self._lock:
            run = self._runs.get(key)
            taken = attempt.slot and any(place.slot == attempt.slot for place in self._of(attempt.tenant))
            if run is None or run.attempts != attempt.number - 1 or taken:
                return False
            if attempt.slot and run.outcome != QUEUED:
                return False
            self._places -= {Place(run.tenant, run.id, run.queued or run.created)}
            if attempt.slot:
                self._places.add(Place(run.tenant, run.id, attempt.started, attempt.slot))
            self._runs[key] = replace(run, attempts=attempt.number, outcome=attempt.outcome, finished=attempt.finished)
            self._attempts.setdefault(key, []).append(attempt)
            return True

    def recover(self, attempt: Attempt, lost: Outcome) -> bool:
        key = (attempt.tenant, attempt.run_id)
        with self._lock:
            run, before = self._runs.get(key), self._attempts.get(key, [])
            held = [place for place in self._of(attempt.tenant) if place.slot == attempt.slot]
            if run is None or run.outcome != RUNNING or run.attempts != attempt.number - 1 or not before:
                return False
            if [place.run_id for place in held] != [run.id]:
                return False
            self._places = (self._places - set(held)) | {replace(held[0], since=attempt.started)}
            before[-1] = replace(before[-1], outcome=lost, finished=attempt.started)
            before.append(attempt)
            self._runs[key] = replace(run, attempts=attempt.number, recoveries=run.recoveries + 1)
            return True

    def find(self, tenant: str, run_id: str) -> Run | None:
        with self._lock:
            return self._runs.get((tenant, run_id))

    def attempts(self, tenant: str, run_id: str) -> Sequence[Attempt]:
        with self._lock:
            return list(self._attempts.get((tenant, run_id), ()))

    def of_tenant(self, tenant: str) -> Sequence[Run]:
        with self._lock:
            mine = [run for run in self._runs.values() if run.tenant == tenant]
        return sorted(mine, key=lambda run: run.cursor, reverse=True)

    def page(self, tenant: str, limit: int, after: str | None = None) -> RunPage:
        found = [run for run in self.of_tenant(tenant) if after is None or run.cursor < after]
        return RunPage(tuple(found[:limit]), found[limit - 1].cursor if len(found) > limit else None)

    def forget(self, tenant: str, run_id: str) -> int:
        """Take a run away with its attempts; how many records that were."""
        with self._lock:
            self._places = {place for place in self._places if (place.tenant, place.run_id) != (tenant, run_id)}
            mine = [key for key, led in self._uploads.items() if (key[0], led) == (tenant, run_id)]
            for key in mine:
                del self._uploads[key]
            return (self._runs.pop((tenant, run_id), None) is not None) + len(self._attempts.pop((tenant, run_id), []))

    def conclude(self, tenant: str, run_id: str, attempt: int, outcome: Outcome, at: str) -> bool:
        key = (tenant, run_id)
        with self._lock:
            run = self._runs.get(key)
            if run is None or run.outcome != RUNNING or run.attempts != attempt or not self._attempts.get(key):
                return False
            self._runs[key] = replace(run, outcome=outcome, finished=at)
            self._attempts[key][-1] = replace(self._attempts[key][-1], outcome=outcome, finished=at)
            self._places -= {place for place in self._of(tenant) if place.run_id == run_id}
            return True

    def withdraw(self, tenant: str, run_id: str, outcome: Outcome, at: str) -> bool:
        with self._lock:
            run = self._runs.get((tenant, run_id))
            if run is None or run.outcome != QUEUED:
                return False
            self._runs[tenant, run_id] = replace(run, outcome=outcome, finished=at)
            self._places -= {place for place in self._of(tenant) if place.run_id == run_id}
            return True

    def queue(self, tenant: str, waiting: int | None = None) -> Queue:
        with self._lock:
            places = sorted(self._of(tenant), key=lambda place: (place.slot, place.since, place.run_id))
        running = tuple(place for place in places if place.slot)
        return Queue(tenant, running, tuple(place for place in places if not place.slot)[:waiting])

    def queues(self) -> Sequence[Queue]:
        with self._lock:
            tenants = sorted({place.tenant for place in self._places})
        return [self.queue(tenant) for tenant in tenants]

    def vacate(self, place: Place) -> None:
        with self._lock:
            self._places.discard(place)

    def _of(self, tenant: str) -> set[Place]:
        return {place for place in self._places if place.tenant == tenant}
