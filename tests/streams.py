"""Made-up rows of 20 numbers and 10 categories as a model's calls bring them, and their baseline and sketch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millrace.domain.baseline import Baseline, ColumnBaseline
from millrace.domain.schema import MISSING_TOKEN, Column, Kind, Schema
from millrace.domain.sketch import ColumnSketch, Sketch
from millrace.domain.spec import Task
from millrace.monitoring import baseline, sketching

Change = Callable[["Rows", np.random.Generator], None]
NUMBERS = ("normal", "lognormal", "whole", "mostly_zero")
VALUES = (3, 5, 10, 50, 300)  # of the categories
SCHEMA = Schema(
    (
        *(Column(f"{name}_{copy}", Kind.NUMBER) for name in NUMBERS for copy in range(5)),
        *(Column(f"of_{values}_{copy}", Kind.CATEGORY, MISSING_TOKEN) for values in VALUES for copy in range(2)),
    ),
    "risk",
    Task.BINARY,
    ("bad", "good"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Typed columns [rows] and what a model answers."""

    columns: dict[str, NDArray[Any]]
    labels: NDArray[Any]
    probabilities: NDArray[np.float64]

    @property
    def count(self) -> int:
        return len(self.labels)


def draw(random: np.random.Generator, count: int) -> Rows:
    """Independent columns; categories by Zipf's law."""
    columns: dict[str, NDArray[Any]] = {}
    for column in SCHEMA.features:
        shape = column.name.rpartition("_")[0]
        columns[column.name] = _SHAPES[shape](random, count) if shape in _SHAPES else _zipf(random, count, shape)
    good = random.beta(2, 2, count)
    labels = np.where(good > 0.5, "good", "bad").astype(object)
    return Rows(columns, labels, np.stack([1.0 - good, good], axis=1))


_SHAPES: Mapping[str, Callable[[np.random.Generator, int], NDArray[Any]]] = {
    "normal": lambda random, count: random.standard_normal(count),
    "lognormal": lambda random, count: np.exp(random.standard_normal(count)),
    "whole": lambda random, count: np.round(2.0 * random.standard_normal(count)),
    "mostly_zero": lambda random, count: np.where(
        random.random(count) < 0.5, 0.0, np.abs(random.standard_normal(count))
    ),
}


def _zipf(random: np.random.Generator, count: int, shape: str) -> NDArray[Any]:
    values = int(shape.removeprefix("of_"))
    weights = 1.0 / np.arange(1, values + 1)
    names = np.array([f"v{value}" for value in range(values)], dtype=object)
    drawn: NDArray[Any] = names[random.choice(values, size=count, p=weights / weights.sum())]
    return drawn


def describe(rows: Rows) -> Baseline:
    """The baseline of these training rows; a fifth of them stand for the held-out ones."""
    held_out = rows.count // 5
    answers = baseline.HeldOut(rows.labels[:held_out], rows.probabilities[:held_out])
    return baseline.describe(SCHEMA, rows.columns, answers)


def sketch(known: Baseline, rows: Rows) -> Sketch:
    """The sketch of these captured rows."""
    return sketching.sketch(known, rows.columns, {}, rows.labels, rows.probabilities)


def pair(kind: Kind, before: NDArray[Any], now: NDArray[Any]) -> tuple[ColumnBaseline, ColumnSketch]:
    """One column's training values and captured ones, counted."""
    schema = Schema((Column("x", kind, MISSING_TOKEN if kind.is_text else None),), "y", Task.REGRESSION)
    known = baseline.describe(schema, {"x": before}, baseline.HeldOut(np.zeros(10)))
    return known.columns[0], sketching.sketch(known, {"x": now}, {}, np.zeros(len(now))).columns[0]


def shifted(by: float) -> Change:
    """The mean of one column of 30 moves by so many of its standard deviations."""

    def change(rows: Rows, _: np.random.Generator) -> None:
        rows.columns["normal_0"] = rows.columns["normal_0"] + by

    return change


def blanked(rows: Rows, random: np.random.Generator) -> None:
    """A twentieth of the rows lose one column's value."""
    blank = random.random(rows.count) < 0.05
    rows.columns["normal_0"] = np.where(blank, np.nan, rows.columns["normal_0"])


def grown(rows: Rows, random: np.random.Generator) -> None:
    """Five points of the rows move to the third of one column's ten values."""
    values = rows.columns["of_10_0"]
    moves = random.random(rows.count) < 0.05 / (1.0 - float((values == "v2").mean()))
    rows.columns["of_10_0"] = np.where(moves, "v2", values).astype(object)


@dataclass(frozen=True, slots=True)
class Drifts:
    """A change of one column."""

    column: str
    change: Change


DRIFTS: Mapping[str, Drifts] = {
    "mean + 0.1 sigma": Drifts("normal_0", shifted(0.1)),
    "mean + 0.2 sigma": Drifts("normal_0", shifted(0.2)),
    "mean + 0.3 sigma": Drifts("normal_0", shifted(0.3)),
    "missing 0 -> 5 %": Drifts("normal_0", blanked),
    "a category + 5 points": Drifts("of_10_0", grown),
}
