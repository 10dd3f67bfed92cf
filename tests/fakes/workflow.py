"""A state machine that only remembers what was started."""

from __future__ import annotations

import json
from collections.abc import Mapping
from threading import Lock
from typing import Any

from millrace.domain import digest
from millrace.domain.errors import TooLarge


class FakeWorkflow:
    def __init__(self) -> None:
        self._lock = Lock()
        self.started: dict[str, Mapping[str, Any]] = {}  # payload by execution name, in order

    def start(self, name: str, payload: Mapping[str, object]) -> None:
        content = digest.canonical(dict(payload))
        if len(content) > 256 * 1024:
            raise TooLarge(f"the input of {name} has {len(content)} bytes")
        with self._lock:
            self.started.setdefault(name, json.loads(content))
