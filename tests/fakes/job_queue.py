"""A queue in memory: received messages hide for the visibility time of a clock that the test moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

from millrace.domain.errors import NotFound
from millrace.ports import Clock, JobMessage
from tests.fakes.clock import FakeClock


@dataclass(frozen=True, slots=True)
class FakeMessage:
    job_uri: str
    token: str
    receipt: int = 0


@dataclass(slots=True)
class _Held:
    message: FakeMessage
    visible_from: float = 0.0
    receipts: int = field(default=0)


class FakeJobQueue:
    def __init__(self, clock: Clock | None = None, visibility_seconds: int = 30) -> None:
        self._clock = clock or FakeClock()
        self._visibility = visibility_seconds
        self._lock = Lock()
        self._held: list[_Held] = []
        self.extended: list[int] = []  # the seconds of each call

    def send(self, job_uri: str, token: str) -> None:
        with self._lock:
            self._held.append(_Held(FakeMessage(job_uri, token)))

    def __len__(self) -> int:
        return len(self._held)

    def receive(self, wait_seconds: int) -> FakeMessage | None:
        with self._lock:
            now = self._clock.monotonic()
            for held in self._held:
                if held.visible_from <= now:
                    held.receipts += 1
                    held.visible_from = now + self._visibility
                    return FakeMessage(held.message.job_uri, held.message.token, held.receipts)
        return None

    def extend(self, message: JobMessage, seconds: int) -> None:
        with self._lock:
            held = self._find(message)
            if held is None or held.visible_from <= self._clock.monotonic():
                raise NotFound("there is no message in the job queue")
            held.visible_from = self._clock.monotonic() + seconds
            self.extended.append(seconds)

    def delete(self, message: JobMessage) -> None:
        with self._lock:
            held = self._find(message)
            if held is not None:
                self._held.remove(held)

    def _find(self, message: JobMessage) -> _Held | None:
        return next((held for held in self._held if held.message.token == message.token), None)
