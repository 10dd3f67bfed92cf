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
        self._uploads: dict[tuple[str, str], str] = {}
        self._attempts: dict[tuple[str, str], list[Attempt]] = {}

    def claim(self, run: Run, upload: str | None = None) -> bool:
        with self._lock:
            if (run.tenant, run.id) in self._runs or (run.tenant, upload) in self._uploads:
                return False
            if upload is not None:
                self._uploads[run.tenant, upload] = run.id
            self._runs[run.tenant, run.id] = run
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

    def conclude(self, tenant: str, run_id: str, attempt: int, outcome: Outcome, at: str) -> bool:
        key = (tenant, run_id)
        with self._lock:
            run = self._runs.get(key)
            if run is None or run.outcome.state.is_final or run.attempts != attempt or not self._attempts.get(key):
                return False
            self._runs[key] = replace(run, outcome=outcome, finished=at)
            self._attempts[key][-1] = replace(self._attempts[key][-1], outcome=outcome, finished=at)
            return True
