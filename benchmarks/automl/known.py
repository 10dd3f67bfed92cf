"""What is known of the cells: from this run and from those before, with the splits and answers behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from benchmarks.automl import plan, splits
from benchmarks.automl.cells import Cache, Cell, Measured
from benchmarks.automl.compare import Floats, Judged, Verdict, resampled, verdict
from benchmarks.automl.datasets import DATASETS, Dataset
from benchmarks.automl.splits import Split
from benchmarks.automl.systems import SYSTEMS, System, identity
from benchmarks.job import ROOT

KEPT = ROOT / ".millrace/bench/automl"


@dataclass
class Known:
    """Figures by cell, in a folder that outlives the run; `fresh` are those that this run measured."""

    folder: Path = KEPT
    fresh: set[Cell] = field(default_factory=set)
    _found: dict[Cell, Measured] = field(default_factory=dict)
    _resampled: dict[tuple[str, str, int, tuple[int, ...]], Floats] = field(default_factory=dict)
    _splits: dict[tuple[str, int], Split] = field(default_factory=dict)

    @cached_property
    def cache(self) -> Cache:
        """Where figures are kept."""
        return Cache(self.folder / "cells")

    def find(self, cell: Cell) -> Measured | None:
        """What was measured of it, if that still holds."""
        if cell not in self._found:
            found = self.cache.find(cell, key(cell))
            if found is None:
                return None
            self._found[cell] = found
        return self._found[cell]

    def add(self, cell: Cell, measured: Measured, answers: Floats | None) -> None:
        """What this run measured."""
        self.cache.keep(cell, key(cell), measured, answers)
        self._found[cell] = measured
        self.fresh.add(cell)

    def split(self, name: str, seed: int) -> Split:
        """The rows of a dataset and a seed."""
        if (name, seed) not in self._splits:
            self._splits[name, seed] = splits.made(DATASETS[name], seed, self.folder / "splits")
        return self._splits[name, seed]

    def seeds(self, dataset: Dataset, system: System, seconds: int) -> dict[int, Measured]:
        """What is known of a system at a budget, by seed, failures too."""
        found = ((seed, self.find(plan.at(dataset, system, seed, seconds))) for seed in range(dataset.seeds))
        return {seed: measured for seed, measured in found if measured is not None}

    def verdict(self, dataset: Dataset, seconds: int, ours: System, theirs: System) -> Verdict | None:
        """Of the seeds that both answered; None where there are none."""
        sides = [self.seeds(dataset, system, seconds) for system in (ours, theirs)]
        both = tuple(seed for seed in sides[0] if seed in sides[1] and not any(side[seed].error for side in sides))
        if not both:
            return None
        figures = [
            (self._draws(dataset, system, seconds, both), [side[seed].scores[dataset.metric.value] for seed in both])
            for system, side in zip((ours, theirs), sides, strict=True)
        ]
        rows = len(self.split(dataset.name, both[0]).held_out)
        return verdict(dataset.metric, rows, figures[0], figures[1])

    def _draws(self, dataset: Dataset, system: System, seconds: int, seeds: Sequence[int]) -> Floats:
        cells = [plan.at(dataset, system, seed, seconds) for seed in seeds]
        place = (dataset.name, system.name, cells[0].seconds or 0, tuple(seeds))
        if place not in self._resampled:
            judged = [self._judged(cell) for cell in cells]
            rows = self.split(dataset.name, seeds[0]).rows
            self._resampled[place] = resampled(dataset.metric, judged, rows)
        return self._resampled[place]

    def _judged(self, cell: Cell) -> Judged:
        split = self.split(cell.dataset, cell.seed)
        return Judged(split.held_out, split.truth, self.cache.answers(cell, key(cell)))


def key(cell: Cell) -> dict[str, str]:
    """What a cell's figures hold for: the data's content, and the system's code and versions."""
    return {"data": DATASETS[cell.dataset].content, **identity(SYSTEMS[cell.system])}
