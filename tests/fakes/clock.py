"""A clock that a test moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock


class FakeClock:
    def __init__(self, start: str = "2026-01-01T00:00:00.000Z") -> None:
        self._now = datetime.fromisoformat(start).astimezone(UTC)
        self._monotonic = 0.0
        self._lock = Lock()

    def now(self) -> str:
        with self._lock:
            return self._now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def monotonic(self) -> float:
        with self._lock:
            return self._monotonic

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += timedelta(seconds=seconds)
            self._monotonic += seconds
