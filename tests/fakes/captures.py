"""A queue of captures in memory, and the one beside it for what nobody can read."""

from __future__ import annotations

from threading import Lock

from millrace.domain.capture import Capture
from millrace.domain.errors import MillraceError


class FakeCaptures:
    def __init__(self) -> None:
        self._lock = Lock()
        self.messages: list[str] = []
        self.broken: MillraceError | None = None  # raised instead of keeping anything

    def record(self, capture: Capture) -> None:
        if self.broken is not None:
            raise self.broken
        message = b"\n".join((capture.heading, *capture.lines()))
        with self._lock:
            self.messages.append(message.decode())


class FakeDeadLetters:
    def __init__(self) -> None:
        self.kept: list[str] = []
        self.broken: MillraceError | None = None

    def keep(self, message: str) -> None:
        if self.broken is not None:
            raise self.broken
        self.kept.append(message)
