"""An event bus that only remembers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from threading import Lock
from typing import Any

from millrace.domain import digest
from millrace.domain.errors import TooLarge


class FakeAnnouncements:
    def __init__(self) -> None:
        self._lock = Lock()
        self.published: list[tuple[str, Mapping[str, Any]]] = []  # detail-type and detail

    def publish(self, kind: str, detail: Mapping[str, object]) -> None:
        content = digest.canonical(dict(detail))
        if len("millrace") + len(kind.encode()) + len(content) > 256 * 1024:
            raise TooLarge(f"the event {kind} has {len(content)} bytes")
        with self._lock:
            self.published.append((kind, json.loads(content)))
