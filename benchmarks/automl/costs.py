"""What answers cost: what must be kept, the time of a row and of many, of learning, and whose versions these are."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from benchmarks.automl.cells import Measured
from benchmarks.automl.datasets import Dataset
from benchmarks.automl.known import Known
from benchmarks.automl.parts import WITHOUT
from benchmarks.automl.scores import systems
from benchmarks.automl.systems import OURS, SYSTEMS
from benchmarks.figures import Row

ROWS_OF = ("flaml", "autogluon-medium", "autogluon-best")  # whose time for a row ours is compared with


def rows(known: Known, dataset: Dataset, seconds: int) -> Iterator[Row]:
    """A line for each system, medians over seeds; of one without a budget, beside the dataset's main one only."""
    for system in systems(dataset):
        answered = [each for each in known.seeds(dataset, system, seconds).values() if not each.error]
        if not answered or not (system.budgeted or seconds == dataset.budgets[0]):
            continue
        learned = f"learned in {statistics.median(each.fit_seconds for each in answered):.1f} s"
        if system.budgeted:
            learned += f", {max(each.fit_seconds for each in answered) / seconds:.2f} of the budget at most"
        notes = [
            f"10,000 rows {statistics.median(each.batch_ms for each in answered):.0f} ms",
            learned,
            f"{max(each.memory_mb for each in answered):.0f} MB at most",
            *_more(answered),
            *(_row_ratios(known, dataset, seconds, answered) if system is OURS else ()),
        ]
        size = statistics.median(each.artifact_bytes for each in answered) / 1e6
        row = statistics.median(each.row_ms for each in answered)
        what = f"{dataset.name} {seconds} s: {system.name}, kept, a row"
        yield Row(what, f"{size:.2f} MB, {row:.2f} ms", "; ".join(notes))


def versions(known: Known, datasets: Sequence[Dataset]) -> Iterator[Row]:
    """What each system was, where it answered."""
    for system in SYSTEMS.values():
        told = {
            f"{package} {version}"
            for dataset in datasets
            for seconds in dataset.budgets
            for each in known.seeds(dataset, system, seconds).values()
            for package, version in each.versions.items()
        }
        if told:
            yield Row(f"{system.name} is", "", ", ".join(sorted(told)))


def _more(answered: Sequence[Measured]) -> Iterator[str]:
    """What only one system knows, by the name under which its program told it."""
    for name in dict.fromkeys(name for each in answered for name in each.more if not name.startswith(WITHOUT)):
        yield f"{name} {statistics.median(each.more[name] for each in answered if name in each.more):.4g}"


def _row_ratios(known: Known, dataset: Dataset, seconds: int, ours: Sequence[Measured]) -> Iterator[str]:
    mine = statistics.median(each.row_ms for each in ours)
    for system in systems(dataset):
        theirs = [each.row_ms for each in known.seeds(dataset, system, seconds).values() if not each.error]
        if theirs and system.name in ROWS_OF:
            yield f"{system.name} takes {statistics.median(theirs) / mine:.0f} times as long for a row"
