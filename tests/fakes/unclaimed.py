"""Refused uploads that no tenant owns, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from millrace.domain.refusal import Refusal


class FakeUnclaimed:
    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[str, Refusal] = {}

    def add(self, refusal: Refusal) -> None:
        with self._lock:
            self._held[refusal.id] = refusal

    def all(self) -> Sequence[Refusal]:
        with self._lock:
            return sorted(self._held.values(), key=lambda refusal: (refusal.at, refusal.id), reverse=True)
