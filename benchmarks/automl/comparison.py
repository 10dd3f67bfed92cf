"""The comparison itself: whatever is not known yet is measured, one process at a time, while time lasts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from benchmarks import peers
from benchmarks.automl import measure, plan, table
from benchmarks.automl.cells import Cell, Measured
from benchmarks.automl.datasets import DATASETS
from benchmarks.automl.known import Known
from benchmarks.automl.plan import EVERYTHING, Wanted
from benchmarks.automl.systems import PEERS, SYSTEMS
from benchmarks.figures import Row

MINUTES = 30.0


def run() -> list[Row]:
    """The most telling cells that half an hour is enough for, beside what earlier runs found."""
    return compare(EVERYTHING, MINUTES)


def compare(wanted: Wanted, minutes: float) -> list[Row]:
    """Measure what is missing and wanted, and show all that is known; an interrupt ends the measuring only."""
    known = Known()
    todo = missing(known, wanted)
    if minutes and any(SYSTEMS[cell.system].lock == PEERS for cell in todo):
        peers.python(PEERS)  # before the clock starts
    try:
        fill(known, todo, time.monotonic() + 60.0 * minutes)
    except KeyboardInterrupt:
        print("  stopped; what was measured is kept", flush=True)
    left = missing(known, wanted)
    hours = sum(map(plan.expected_seconds, left)) / 3600
    note = f"{len(left)} of those asked for are still to be measured, in about {hours:.1f} h"
    return [*table.rows(known), Row("cells", f"{len(known.fresh)} fresh", note)]


def missing(known: Known, wanted: Wanted) -> list[Cell]:
    """In the order of the plan; those that failed before come last, once more. Data that isn't here is left out."""
    cells = [cell for cell in plan.cells(wanted) if DATASETS[cell.dataset].is_there]
    found = [(cell, known.find(cell)) for cell in cells]
    never = [cell for cell, measured in found if measured is None]
    failed = [cell for cell, measured in found if measured is not None and measured.error and cell not in known.fresh]
    return never + failed


def fill(known: Known, todo: Sequence[Cell], end: float, clock: Callable[[], float] = time.monotonic) -> None:
    """Measure cell after cell; one that would not end in time is passed over for one that does."""
    for cell in todo:
        if clock() + plan.expected_seconds(cell) > end:
            continue
        print(f"  {cell} ...", end=" ", flush=True)
        measured, answers = measure.measure(cell, SYSTEMS[cell.system], known.split(cell.dataset, cell.seed))
        known.add(cell, measured, answers)
        print(_told(cell, measured), flush=True)


def _told(cell: Cell, measured: Measured) -> str:
    if measured.error:
        return f"failed: {measured.error.splitlines()[-1]}"
    metric = DATASETS[cell.dataset].metric.value
    return f"{metric} {measured.scores[metric]:.4f} in {measured.fit_seconds:.0f} s"
