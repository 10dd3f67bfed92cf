"""Content-addressed bytes in memory."""

from __future__ import annotations

from threading import Lock

from millrace.domain import digest as digests
from millrace.domain.errors import Corrupt, NotFound


class FakeBlobs:
    def __init__(self) -> None:
        self._lock = Lock()
        self.held: dict[tuple[str, str], bytes] = {}  # a test may damage what is held

    def put(self, tenant: str, content: bytes) -> str:
        digest = digests.of_bytes(content)
        with self._lock:
            self.held.setdefault((tenant, digest), content)
        return digest

    def get(self, tenant: str, digest: str) -> bytes:
        with self._lock:
            content = self.held.get((tenant, digest))
        if content is None:
            raise NotFound(f"there is no blob {digest} of {tenant}")
        if digests.of_bytes(content) != digest:
            raise Corrupt(f"the blob {digest} holds other bytes", code="digest_mismatch")
        return content
