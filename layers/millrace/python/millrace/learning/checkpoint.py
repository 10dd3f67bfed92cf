"""Scores kept in the job's checkpoint folder, so that a restarted job goes on where it was."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Scores:
    """A candidate's score per fold, and the seconds it took."""

    folds: tuple[float, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One small file per candidate in `folder`; None keeps nothing."""

    folder: Path | None = None

    def load(self, key: str) -> Scores | None:
        """What was saved under `key`; None if nothing was, or if the file is damaged."""
        if self.folder is None:
            return None
        try:
            kept = json.loads((self.folder / f"{key}.json").read_bytes())
            return Scores(tuple(float(score) for score in kept["folds"]), float(kept["seconds"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, key: str, scores: Scores) -> None:
        """Keep the scores; the file appears whole or not at all."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / f"{key}.partial"
        partial.write_text(json.dumps(asdict(scores)))
        partial.replace(self.folder / f"{key}.json")
