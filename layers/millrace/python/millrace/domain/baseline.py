"""Statistics of what a version was trained on, that drift is measured against; part of the model version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from millrace.domain.schema import Kind

PREDICTION = "\x00prediction"  # the name of the column that holds what a model answered
SCORE = "\x00score"  # the name of the one that holds its probability of the label it gave


@dataclass(frozen=True, slots=True)
class Cells:
    """How the values of one column are counted, the same in the baseline and in every sketch.

    A number's, a boolean's or a date's by `edges`, ascending: cell i has edges[i-1] <= value < edges[i], so there is
    one cell more than edges. A category's by `values`: a cell each, and one more, the last, for any other value.
    Without either there is one cell for all, as where no value may be stored.
    """

    edges: tuple[float, ...] = ()
    values: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many cells there are."""
        return len(self.values or self.edges) + 1


@dataclass(frozen=True, slots=True)
class ColumnBaseline:
    """One column of the training rows: `counts` by cell over the `present` ones, `missing` those without a value.

    Where cells were chosen among many categories, `counts` are over the half of the rows that had no say in it.
    `least` and `greatest` are of the present numbers, None for categories and where no value may be stored.
    """

    name: str
    kind: Kind
    cells: Cells
    counts: tuple[int, ...]
    present: int
    missing: int
    least: float | None = None
    greatest: float | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """`columns` are of the training rows, in the schema's order.

    `predictions` are what the model answered on the held-out rows: its labels for classes, its number for regression,
    and, for classes, `scores`, its probability of the label it gave. `performance` are its metrics there, `deviations`
    the standard deviation, row by row, of the losses of which log_loss and mae are the mean.
    """

    rows: int
    columns: tuple[ColumnBaseline, ...]
    predictions: ColumnBaseline
    scores: ColumnBaseline | None
    performance: Mapping[str, float]
    held_out: int
    deviations: Mapping[str, float] = field(default_factory=dict)
    schema_version: int = 1

    def column(self, name: str) -> ColumnBaseline | None:
        """The column of this name."""
        return next((column for column in self.columns if column.name == name), None)
