"""Runs and attempts in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from millrace.domain.run import Attempt, Outcome, Run


class FakeRuns:
    def __init__(self) -> None:
        self._lock = Lock()
        self._runs: dict[tuple[str, str], Run] = {}
        self._attempts: dict[tuple[str, str], list[Attempt]] = {}

    def claim(self, run: Run) -> bool:
        with self._lock:
            if (run.tenant, run.id) in self._runs:
                return False
            self._runs[run.tenant, run.id] = run
            return True

    def claim_attempt(self, attempt: Attempt) -> bool:
        key = (attempt.tenant, attempt.run_id)
        with self._lock:
            run = self._runs.get(key)
            if run is None or run.attempts != attempt.number - 1:
                return False
            self._runs[key] = replace(run, attempts=attempt.number, outcome=attempt.outcome, finished=attempt.finished)
            self._attempts.setdefault(key, []).append(attempt)
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
        return sorted(mine, key=lambda run: (run.created, run.id), reverse=True)

    def forget(self, tenant: str, run_id: str) -> int:
        """Take a run away with its attempts; how many records that were."""
        with self._lock:
            return (self._runs.pop((tenant, run_id), None) is not None) + len(self._attempts.pop((tenant, run_id), []))

    def conclude(self, tenant: str, run_id: str, attempt: int, outcome: Outcome, at: str) -> bool:
        key = (tenant, run_id)
        with self._lock:
            run = self._runs.get(key)
            if run is None or run.outcome.state.is_final or run.attempts != attempt or not self._attempts.get(key):
                return False
            self._runs[key] = replace(run, outcome=outcome, finished=at)
            self._attempts[key][-1] = replace(self._attempts[key][-1], outcome=outcome, finished=at)
            return True
