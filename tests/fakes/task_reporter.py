"""A state machine's end of its task tokens, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any

from millrace.domain.errors import NotFound


class FakeTaskReporter:
    """Knows the tokens it was given, until each is answered."""

    def __init__(self, *tokens: str) -> None:
        self._lock = Lock()
        self.waiting = set(tokens)
        self.beats: list[str] = []
        self.succeeded: dict[str, Mapping[str, Any]] = {}
        self.failed: dict[str, tuple[str, str]] = {}  # error and cause

    def forget(self, token: str) -> None:
        """What a timeout does."""
        with self._lock:
            self.waiting.discard(token)

    def heartbeat(self, token: str) -> None:
        with self._lock:
            self._check(token)
            self.beats.append(token)

    def succeed(self, token: str, output: Mapping[str, object]) -> None:
        with self._lock:
            self._check(token)
            self.waiting.discard(token)
            self.succeeded[token] = dict(output)

    def fail(self, token: str, error: str, cause: str) -> None:
        with self._lock:
            self._check(token)
            self.waiting.discard(token)
            self.failed[token] = (error, cause)

    def _check(self, token: str) -> None:
        if token not in self.waiting:
            raise NotFound("there is no task waiting for this answer")
