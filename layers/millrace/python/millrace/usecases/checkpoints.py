"""A job's checkpoints outlive its worker: whoever receives the message next goes on from the last ones stored.

Each file is stored by content; one index says which belong together, so that half a save is never restored.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from millrace.domain.errors import Corrupt, NotFound
from millrace.domain.job import Job, Part
from millrace.ports import Blobs, Documents

UNFINISHED = (".partial", ".tmp")  # a job writes under such a name and renames


@dataclass(frozen=True, slots=True)
class CheckpointIndex:
    """Which files an attempt had saved: their paths within `checkpoints/` and their digests."""

    files: Mapping[str, str]
    schema_version: int = 1


def index_key(prefix: str) -> str:
    """Where the index of a job with this prefix lies in the artifact bucket."""
    return f"{prefix}/checkpoints/index.json"


@dataclass(slots=True)
class Checkpoints:
    """Keeps a folder and its stored copy alike."""

    job: Job
    folder: Path
    blobs: Blobs
    documents: Documents
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)  # size and time of change, by path
    _alone: threading.Lock = field(default_factory=threading.Lock)

    @property
    def key(self) -> str:
        """Where the index lies in the artifact bucket."""
        return index_key(self.job.prefix)

    @property
    def count(self) -> int:
        """How many files were saved or restored."""
        return len(self._seen)

    def restore(self) -> int:
        """Write back what was saved and return how many files; an unreadable save counts as none."""
        try:
            index = self.documents.read(CheckpointIndex, self.key)
            found = {
                self._inside(name): self.blobs.get(self.job.tenant, name_digest)
                for name, name_digest in index.files.items()
            }
        except (NotFound, Corrupt):
            return 0
        for path, content in found.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self._seen = self._look()
        return len(found)

    def gather(self) -> int:
        """Add what the job's parts saved, and return how many files; one that is unreadable counts as absent.

        Of equal names the first part's stays, so that it does not matter who saved it first.
        """
        for number in range(1, self.job.parts + 1):
            part = replace(self.job, part=Part(number, self.job.parts))
            with suppress(NotFound, Corrupt):
                self._add(self.documents.read(CheckpointIndex, index_key(part.prefix)))
        self._seen = self._look()
        return len(self._seen)

    def _add(self, index: CheckpointIndex) -> None:
        for name, name_digest in index.files.items():
            with suppress(NotFound, Corrupt):
                path = self._inside(name)
                if not path.exists():
                    content = self.blobs.get(self.job.tenant, name_digest)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)

    def save(self) -> bool:
        """Store the folder if it changed since the last time; False when there was nothing to do."""
        with self._alone:
            seen = self._look()
            if seen == self._seen:
                return False
            digests = {
                name: self.blobs.put(self.job.tenant, (self.folder / name).read_bytes()) for name in sorted(seen)
            }
            self.documents.write(CheckpointIndex(digests), self.key)
            self._seen = seen
            return True

    def _look(self) -> dict[str, tuple[int, int]]:
        found = {}
        for root, _, names in os.walk(self.folder):
            for name in names:
                path = Path(root) / name
                if path.suffix in UNFINISHED or path.is_symlink():
                    continue
                state = path.stat()
                found[path.relative_to(self.folder).as_posix()] = (state.st_size, state.st_mtime_ns)
        return found

    def _inside(self, name: str) -> Path:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise Corrupt("a checkpoint's path leaves its folder")
        return self.folder / path
