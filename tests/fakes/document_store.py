"""Typed documents in memory, through the same codec as the stored ones."""

from __future__ import annotations

from threading import Lock
from typing import TypeVar

from millrace.adapters import documents
from millrace.domain.errors import NotFound

Document = TypeVar("Document")


class FakeDocuments:
    def __init__(self, bucket: str = "artifact") -> None:
        self.bucket = bucket
        self._lock = Lock()
        self.held: dict[str, bytes] = {}  # a test may damage what is held

    def read(self, kind: type[Document], key: str) -> Document:
        with self._lock:
            content = self.held.get(key)
        if content is None:
            raise NotFound(f"there is no document {key}")
        return documents.load(kind, content)

    def write(self, value: object, key: str) -> str:
        content = documents.dump(value)
        with self._lock:
            self.held[key] = content
        return f"s3://{self.bucket}/{key}"
