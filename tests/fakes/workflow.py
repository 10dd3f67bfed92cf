"""A state machine that only remembers what was started."""

from __future__ import annotations

import json
from collections.abc import Mapping
from threading import Lock
from typing import Any

from millrace.domain import digest
from millrace.domain.errors import TooLarge, Unavailable


class FakeWorkflow:
    def __init__(self) -> None:
        self._lock = Lock()
        self.started: dict[str, Mapping[str, Any]] = {}  # payload by execution name, in order
        self.statuses: dict[str, str] = {}  # by execution name

    def start(self, name: str, payload: Mapping[str, object]) -> None:
        content = digest.canonical(dict(payload))
        if len(content) > 256 * 1024:
            raise TooLarge(f"the input of {name} has {len(content)} bytes")
        with self._lock:
            if name not in self.started:
                self.started[name] = json.loads(content)
                self.statuses[name] = "RUNNING"

    def stop(self, name: str, cause: str) -> None:
        with self._lock:
            if self.statuses.get(name) == "RUNNING":
                self.statuses[name] = "ABORTED"

    def status(self, name: str) -> str | None:
        with self._lock:
            return self.statuses.get(name)


class AwayWorkflow(FakeWorkflow):
    """A state machine that can't be reached to start anything."""

    def start(self, name: str, payload: Mapping[str, object]) -> None:
        raise Unavailable("not now")
