"""Which cells there are, and which come first: those that say most while time is short."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from benchmarks.automl.cells import Cell
from benchmarks.automl.datasets import BUDGETS, DATASETS, Dataset, Field
from benchmarks.automl.systems import SYSTEMS, System

MAIN = BUDGETS[0]
USUAL_SECONDS = 30  # that a system without a budget may well take
AROUND = 15  # seconds that a process takes besides learning


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cells are asked for; nothing named means all."""

    datasets: Collection[str] = ()
    systems: Collection[str] = ()
    seeds: Collection[int] = ()
    seconds: Collection[int] = ()

    def has(self, cell: Cell) -> bool:
        """Whether the cell is; one without a budget stands at every one."""
        return all(
            not asked or given in asked
            for asked, given in (
                (self.datasets, cell.dataset),
                (self.systems, cell.system),
                (self.seeds, cell.seed),
            )
        ) and (not self.seconds or cell.seconds is None or cell.seconds in self.seconds)


EVERYTHING = Wanted()


def cells(wanted: Wanted = EVERYTHING) -> list[Cell]:
    """All that are asked for, in the order in which they are measured."""
    found = [
        cell
        for dataset in DATASETS.values()
        for system in SYSTEMS.values()
        if dataset.field in system.fields
        for seed in range(dataset.seeds)
        for cell in of(dataset, system, seed)
        if wanted.has(cell)
    ]
    return sorted(found, key=_order)


def of(dataset: Dataset, system: System, seed: int) -> list[Cell]:
    """One for each budget, or one in all."""
    budgets: Sequence[int | None] = dataset.budgets if system.budgeted else (None,)
    return [Cell(dataset.name, system.name, seed, seconds) for seconds in budgets]


def at(dataset: Dataset, system: System, seed: int, seconds: int) -> Cell:
    """The cell that stands for the system at a budget."""
    return Cell(dataset.name, system.name, seed, seconds if system.budgeted else None)


def expected_seconds(cell: Cell) -> float:
    """About how long it takes to measure."""
    return (USUAL_SECONDS if cell.seconds is None else cell.seconds * 1.1) + AROUND


def _order(cell: Cell) -> tuple[int, int, int, int, int]:
    """The main budget first, seed by seed: ours and the quick peers on every dataset, then its slow peers."""
    dataset, system = DATASETS[cell.dataset], SYSTEMS[cell.system]
    budget = 0 if cell.seconds is None else dataset.budgets.index(cell.seconds)
    slow = dataset.field is Field.TABULAR and system.budgeted and system.name != "millrace"
    places = list(DATASETS).index(cell.dataset), list(SYSTEMS).index(cell.system)
    last = int(dataset.field is Field.LARGE)
    return (last * 10 + budget, cell.seed, int(slow), *places)
