"""Rows for tests: small ones made up with a seed, and the shared data sets where the machine has them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from millrace.data.table import Table, Written, WrittenTable
from millrace.domain import digest, spelling
from millrace.domain.manifest import Lineage
from millrace.domain.schema import MISSING_TOKEN, Column, Kind, Schema
from millrace.domain.spec import Spec, Task
from millrace.learning.trainer import Answers

SHARED = Path(__file__).parents[2] / "shared" / "data"
COLUMNS = (
    Column("größe in cm", Kind.NUMBER),
    Column("t0", Kind.BOOLEAN),  # the name of an inner tensor, if nobody took care
    Column("since", Kind.DATE),
    Column("City / Ort", Kind.CATEGORY, MISSING_TOKEN),
)
CLASSES = {Task.BINARY: ("no", "yes"), Task.MULTICLASS: ("a", "b", "c"), Task.REGRESSION: ()}


def shared(name: str) -> Path:
    """A shared data set's CSV; skips the test where this machine has none."""
    path = SHARED / name / "data.csv"
    if not path.is_file():
        pytest.skip(f"the shared data set {name} is not on this machine")
    return path


def written(columns: Mapping[str, Sequence[object]]) -> WrittenTable:
    """A file's columns as text, from written values of any type."""
    made = {
        name: Written.of([spelling.written(value) for value in values], np.arange(len(values)))
        for name, values in columns.items()
    }
    return WrittenTable(made, len(next(iter(columns.values()))))


def csv_file(path: Path, columns: Mapping[str, Sequence[object]]) -> Path:
    """Write a CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(columns)
        lines.writerows([spelling.written(value) for value in row] for row in zip(*columns.values(), strict=True))
    return path


def schema(task: Task, columns: Sequence[Column] = COLUMNS) -> Schema:
    """A schema over `COLUMNS`."""
    return Schema(tuple(columns), "answer", task, CLASSES[task])


def typed(rows: int, task: Task, seed: int = 0) -> tuple[Table, Answers]:
    """Rows over `COLUMNS` with missing values everywhere, and answers that depend on each column."""
    random = np.random.default_rng(seed)
    size = random.normal(170.0, 10.0, rows)
    flag = random.integers(0, 2, rows).astype(np.float64)
    since = random.uniform(-1e9, 2e9, rows)
    city = random.choice(np.array(["Köln", "Paris", "Ōsaka", MISSING_TOKEN], dtype=object), rows)
    signal = (size - 170.0) / 10.0 + flag + (since > 5e8) + (city == "Paris") * 2.0 + random.normal(0.0, 0.3, rows)
    for values in (size, flag, since):
        values[random.random(rows) < 0.1] = np.nan
    table = Table(dict(zip([column.name for column in COLUMNS], (size, flag, since, city), strict=True)), rows)
    if task is Task.REGRESSION:
        return table, signal * 1000.0 + 5e6
    edges = np.quantile(signal, [0.5] if task is Task.BINARY else [0.3, 0.6])
    return table, np.searchsorted(edges, signal).astype(np.int64)


def mixed(rows: int = 160, seed: int = 0) -> dict[str, list[object]]:
    """Written columns of every kind, `answer` being a class that depends on them."""
    random = np.random.default_rng(seed)
    age = random.integers(18, 80, rows)
    member = random.random(rows) < 0.5
    city = random.choice(["Köln", "Paris", "Lima"], rows)
    day = random.integers(1, 29, rows)
    score = age / 20.0 + member + (city == "Paris") * 2.0 + random.normal(0.0, 0.5, rows)
    return {
        "age": [None if i % 17 == 0 else int(a) for i, a in enumerate(age)],
        "member": [bool(m) for m in member],
        "since": [f"2024-{1 + i % 12:02}-{d:02}" for i, d in enumerate(day)],
        "city": [None if i % 23 == 0 else str(c) for i, c in enumerate(city)],
        "answer": ["yes" if s > np.median(score) else "no" for s in score],
    }


def lineage(path: Path, spec: Spec | None = None) -> Lineage:
    """Where a model trained on this file comes from."""
    return Lineage("acme", "demo", digest.of_bytes(path.read_bytes()), "0" * 32, spec or Spec())
