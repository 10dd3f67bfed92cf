"""The landing bucket in memory, with versions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from millrace.domain import digest
from millrace.domain.errors import Conflict, Corrupt, NotFound, TooLarge
from millrace.domain.run import DataLocation


class FakeLanding:
    def __init__(self, bucket: str = "landing") -> None:
        self.bucket = bucket
        self._lock = Lock()
        self._held: dict[str, list[bytes | None]] = {}  # versions of a key, oldest first; None once deleted

    def put(self, key: str, content: bytes) -> str:
        """Upload; the version's id."""
        with self._lock:
            versions = self._held.setdefault(key, [])
            versions.append(content)
            return str(len(versions))

    def delete(self, key: str) -> None:
        """Remove every version of a key."""
        with self._lock:
            self._held.pop(key, None)

    def etag(self, key: str) -> str:
        """What S3 calls the newest content of a key."""
        return hashlib.md5(self._content(key, None), usedforsecurity=False).hexdigest()

    def stat(self, key: str, version_id: str | None, etag: str = "") -> DataLocation:
        with self._lock:
            pinned = version_id or str(len(self._held.get(key, ())))
        content = self._content(key, pinned)
        if version_id is None and etag and etag != self.etag(key):
            raise Conflict(f"the upload {key} was replaced", code="replaced")
        return DataLocation(self.bucket, key, pinned, digest.of_bytes(content), len(content))

    def head(self, location: DataLocation, size: int) -> bytes:
        return self._content(location.key, location.version_id)[: max(size, 0)]

    def read(self, key: str, limit: int) -> bytes | None:
        try:
            content = self._content(key, None)
        except NotFound:
            return None
        if len(content) > limit:
            raise TooLarge(f"{key} has {len(content)} bytes; at most {limit} are read", field=key)
        return content

    def files(self, prefix: str, limit: int) -> Sequence[str]:
        with self._lock:
            return sorted(key for key in self._held if key.startswith(prefix) and "/" not in key[len(prefix) :])[:limit]

    def fetch(self, location: DataLocation, into: Path) -> None:
        content = self._content(location.key, location.version_id)
        if digest.of_bytes(content) != location.digest:
            raise Corrupt(f"{location.key} has another digest than {location.digest}", code="digest_mismatch")
        into.write_bytes(content)

    def _content(self, key: str, version_id: str | None) -> bytes:
        with self._lock:
            versions = self._held.get(key, [])
            number = int(version_id) if version_id else len(versions)
            content = versions[number - 1] if 1 <= number <= len(versions) else None
        if content is None:
            raise NotFound(f"there is no upload {key}")
        return content
