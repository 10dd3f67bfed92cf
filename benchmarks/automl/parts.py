"""What each part of our engine adds, over datasets."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.automl.datasets import Dataset
from benchmarks.automl.known import Known
from benchmarks.automl.systems import OURS
from benchmarks.figures import Row

WITHOUT = "without "  # begins the name of a figure: the loss without a part, over the loss with it


def rows(known: Known, datasets: Sequence[Dataset], seconds: int) -> Iterator[Row]:
    """A line for each part: the geometric mean over datasets of what it adds to the loss to be without it."""
    by_part: dict[str, dict[str, float]] = {}
    for dataset in datasets:
        for each in known.seeds(dataset, OURS, seconds).values():
            for name, ratio in each.more.items():
                if name.startswith(WITHOUT):
                    by_part.setdefault(name, {})[dataset.name] = ratio
    for name, found in sorted(by_part.items(), key=lambda entry: -_mean(entry[1])):
        told = ", ".join(f"{dataset} {_percent(ratio)}" for dataset, ratio in found.items())
        yield Row(f"loss at {seconds} s {name}", _percent(_mean(found)), told)


def _mean(ratios: Mapping[str, float]) -> float:
    return statistics.geometric_mean(ratios.values())


def _percent(ratio: float) -> str:
    return f"{100 * (ratio - 1):+.2f} %"
