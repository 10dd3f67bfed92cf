"""Rows to learn from and rows to be judged on, as two CSV files for each dataset and seed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from benchmarks.automl.datasets import LARGE_TEST, LARGE_TRAIN, Dataset, Division, Field, Rows, read, write_large

HELD_OUT = 0.3

Index = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Split:
    """Where the two files are; of the dataset's `rows` rows, numbered from 0, those `held_out` are judged on.

    `classes` are the training rows' classes in the order of their text, and none for regression.
    """

    dataset: Dataset
    folder: Path
    rows: int
    held_out: Index
    classes: tuple[str, ...]

    @property
    def train(self) -> Path:
        """The CSV file to learn from."""
        return self.folder / "train.csv"

    @property
    def test(self) -> Path:
        """The CSV file to be judged on."""
        return self.folder / "test.csv"

    @cached_property
    def truth(self) -> Index | Floats:
        """Places in `classes` (-1: a class that nobody could learn), or the target's values; shape [held out]."""
        column = read(self.test).column(self.dataset.target)
        if not self.classes:
            return np.array(column, dtype=np.float64)
        places = {name: place for place, name in enumerate(self.classes)}
        return np.array([places.get(text, -1) for text in column], dtype=np.int64)


def made(dataset: Dataset, seed: int, base: Path) -> Split:
    """The split, made below `base` where it isn't there. Raises OSError where the data is not."""
    folder = base / f"{dataset.name}-{seed}-{dataset.content[:16]}"
    told = folder / "split.json"
    if not told.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        told.write_text(json.dumps(_make(dataset, seed, folder)))
    known = json.loads(told.read_text())
    return Split(dataset, folder, known["rows"], np.array(known["held_out"]), tuple(known["classes"]))


def _make(dataset: Dataset, seed: int, folder: Path) -> dict[str, object]:
    """Write both files, and give what is told of them."""
    train_path, test_path = folder / "train.csv", folder / "test.csv"
    if dataset.field is Field.LARGE:
        write_large(train_path, test_path)
        held_out: Sequence[int] = range(LARGE_TRAIN, LARGE_TRAIN + LARGE_TEST)
        return {"rows": LARGE_TRAIN + LARGE_TEST, "held_out": list(held_out), "classes": ["no", "yes"]}
    rows = read(dataset.path)
    train, test = divide(dataset, rows, seed)
    if dataset.division is Division.OWN:
        given = read(dataset.path.with_name("test.csv"))
        test = list(range(len(rows.cells), len(rows.cells) + len(given.cells)))
        rows = Rows(rows.names, [*rows.cells, *given.cells])
    target = rows.column(dataset.target)
    written = rows if dataset.group is None else rows.without(dataset.group)
    written.write(train_path, train)
    written.write(test_path, test)
    classes = sorted({target[row] for row in train}) if dataset.task.is_classification else []
    return {"rows": len(rows.cells), "held_out": list(test), "classes": classes}


def divide(dataset: Dataset, rows: Rows, seed: int) -> tuple[list[int], list[int]]:
    """Row numbers to learn from and to be judged on: 70 % and 30 %. Of data with its own split, all to learn from."""
    count = len(rows.cells)
    places = np.arange(count)
    if dataset.division is Division.OWN:
        return list(range(count)), []
    if dataset.division is Division.TIME:
        first = count - round(count * HELD_OUT)
        return list(range(first)), list(range(first, count))
    if dataset.division is Division.GROUP:
        shuffled = GroupShuffleSplit(1, test_size=HELD_OUT, random_state=seed)
        train, test = next(shuffled.split(places, groups=rows.column(dataset.group or "")))
    else:
        classes = rows.column(dataset.target) if dataset.task.is_classification else None
        train, test = train_test_split(places, test_size=HELD_OUT, random_state=seed, stratify=classes)
    return sorted(map(int, train)), sorted(map(int, test))
