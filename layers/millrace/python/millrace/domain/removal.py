"""What a deletion takes away, said before it happens and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One key of a bucket: how many versions it has, delete markers included, and their bytes together."""

    bucket: str
    key: str
    versions: int
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Removal:
    """What is taken away for good. `done` is False for a rehearsal; `records` are the registry's, by kind."""

    what: str
    records: dict[str, int]
    objects: tuple[StoredObject, ...]
    done: bool

    @property
    def size(self) -> int:
        """The objects' bytes, all versions together."""
        return total_size(self.objects)

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to take away."""
        return not self.objects and not any(self.records.values())


def total_size(objects: Sequence[StoredObject]) -> int:
    """Bytes of all versions of these objects."""
    return sum(each.size for each in objects)
