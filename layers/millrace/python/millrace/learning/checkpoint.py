"""Trials kept in the job's checkpoint folder, so that a restarted job goes on where it was."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from millrace.learning.trainer import Arrays


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One file of arrays per trial in `folder`; None keeps nothing."""

    folder: Path | None = None

    def load(self, key: str) -> Arrays | None:
        """What was saved under `key`; None if nothing was, or if the file is damaged."""
        if self.folder is None:
            return None
        try:
            # Opened here, since numpy leaves a file open that is no archive.
            with (self.folder / f"{key}.npz").open("rb") as file, np.load(file, allow_pickle=False) as kept:
                return {name: kept[name] for name in kept.files}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def all(self) -> Iterator[tuple[str, Arrays]]:
        """What was saved under each key, in the keys' order; what is damaged is left out."""
        found = () if self.folder is None else sorted(self.folder.glob("*.npz"))
        for path in found:
            arrays = self.load(path.stem)
            if arrays is not None:
                yield path.stem, arrays

    def save(self, key: str, arrays: Arrays) -> None:
        """Keep the arrays; the file appears whole or not at all."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / f"{key}.partial"
        with partial.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy's stub takes no mapping of arrays
        partial.replace(self.folder / f"{key}.npz")
