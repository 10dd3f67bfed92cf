"""The objects of a bucket in memory, with versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from millrace.domain.removal import StoredObject


class FakeObjects:
    def __init__(self, bucket: str = "artifact") -> None:
        self.bucket = bucket
        self.held: dict[str, list[bytes | None]] = {}  # versions of a key; None is a delete marker

    def put(self, key: str, content: bytes | None) -> None:
        self.held.setdefault(key, []).append(content)

    def under(self, prefix: str) -> Sequence[StoredObject]:
        return [
            StoredObject(self.bucket, key, len(versions), sum(len(each or b"") for each in versions))
            for key, versions in sorted(self.held.items())
            if key.startswith(prefix)
        ]

    def remove(self, keys: Iterable[str]) -> None:
        for key in list(keys):
            self.held.pop(key, None)
