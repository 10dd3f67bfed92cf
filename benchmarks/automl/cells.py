"""One measurement, by dataset, system, seed and budget, and the folder where it is kept while it holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from millrace.domain import digest

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """`seconds` is None for a system that takes the time that it takes."""

    dataset: str
    system: str
    seed: int
    seconds: int | None

    def __str__(self) -> str:
        budget = "" if self.seconds is None else f", {self.seconds} s"
        return f"{self.dataset}, {self.system}, seed {self.seed}{budget}"


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a cell: metrics by name, and the figures that its program told; or why there are none."""

    scores: Mapping[str, float] = field(default_factory=dict)
    fit_seconds: float = 0.0
    memory_mb: float = 0.0
    artifact_bytes: int = 0
    row_ms: float = 0.0
    batch_ms: float = 0.0
    versions: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, float] = field(default_factory=dict)
    error: str = ""


class Cache:
    """A file of JSON for each cell and identity, with the answers beside it; whatever else it holds is out of date."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, cell: Cell, identity: Mapping[str, str]) -> Measured | None:
        """What was measured under this very identity."""
        path = self._path(cell, identity)
        return Measured(**json.loads(path.read_text())["measured"]) if path.is_file() else None

    def answers(self, cell: Cell, identity: Mapping[str, str]) -> Floats:
        """Probabilities [rows, classes] or predictions [rows, 1]."""
        found: Floats = np.load(self._path(cell, identity).with_suffix(".npy"))
        return found

    def keep(self, cell: Cell, identity: Mapping[str, str], measured: Measured, answers: Floats | None) -> None:
        """Keep it; one that was ended half way leaves nothing that would be found."""
        path = self._path(cell, identity)
        path.parent.mkdir(parents=True, exist_ok=True)
        if answers is not None:
            np.save(path.with_suffix(".npy"), answers)
        half = path.with_suffix(".half")
        told = {"cell": asdict(cell), "identity": dict(identity), "measured": asdict(measured)}
        half.write_text(json.dumps(told, indent=1))
        half.replace(path)

    def _path(self, cell: Cell, identity: Mapping[str, str]) -> Path:
        key = digest.of_value(dict(identity))[:16]
        return self._folder / cell.dataset / f"{cell.system}-{cell.seed}-{cell.seconds}-{key}.json"
