"""Alarms in memory."""

from __future__ import annotations

from threading import Lock

from millrace.domain import drift


class FakeAlarms:
    def __init__(self, stage: str = "test") -> None:
        self._lock = Lock()
        self._stage = stage
        self.standing: set[str] = set()  # names of alarms

    def put(self, tenant: str, model: str) -> None:
        with self._lock:
            self.standing.add(drift.alarm_name(self._stage, tenant, model))

    def remove(self, tenant: str, model: str) -> None:
        with self._lock:
            self.standing.discard(drift.alarm_name(self._stage, tenant, model))
