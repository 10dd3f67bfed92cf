"""Metrics in memory."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

from millrace.ports import Clock


class FakeMetrics:
    def __init__(self, clock: Clock) -> None:
        self._lock = Lock()
        self._clock = clock
        self._values: dict[str, dict[datetime, float]] = {}  # by name, then by second

    def publish(self, name: str, value: float) -> None:
        second = self._now().replace(microsecond=0)
        with self._lock:
            values = self._values.setdefault(name, {})
            values[second] = max(value, values.get(second, value))

    def latest(self, name: str, minutes: int) -> float | None:
        since = self._now() - timedelta(minutes=minutes)
        with self._lock:
            recent = {at: value for at, value in self._values.get(name, {}).items() if at >= since}
        return recent[max(recent)] if recent else None

    def _now(self) -> datetime:
        return datetime.fromisoformat(self._clock.now())
