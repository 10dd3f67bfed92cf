"""The typed columns of a model: what goes in, what comes out, and how absence is written.

Each feature is one input of the ONNX graph, named as the raw column, of shape [rows, 1]: FP64 for numbers, booleans
(1, 0) and dates (seconds since 1970-01-01T00:00Z), with NaN for null; BYTES (an ONNX string) for categories and free
text, with `missing` for null.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from millrace.domain.notation import DateOrder, DecimalMark
from millrace.domain.spec import Task

MISSING_TOKEN = "\x00missing"  # noqa: S105  # a token of text, no secret


class Kind(StrEnum):
    """What a column's values are."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    CATEGORY = "category"
    TEXT = "text"

    @property
    def is_text(self) -> bool:
        """Whether the graph takes the column as a string tensor rather than FP64."""
        return self in {Kind.CATEGORY, Kind.TEXT}


@dataclass(frozen=True, slots=True)
class Column:
    """One raw column. `missing` is the token a null is spelled as; only string columns have one.

    `decimal`, `date_order` and `currency` are how its text was written in training, as `spelling` reads it; without a
    `date_order`, dates that need one are refused.
    """

    name: str
    kind: Kind
    missing: str | None = None
    decimal: DecimalMark = DecimalMark.POINT
    date_order: DateOrder | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Schema:
    """What a model takes and gives.

    `classes` are the class names in the order of the graph's `probabilities`; empty for regression. `ignored` columns
    are known and not used: those of the training data that taught nothing, and inputs of the versions before. Callers
    may send them.
    """

    features: tuple[Column, ...]
    target: str
    task: Task
    classes: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def has_text(self) -> bool:
        """Whether a feature is free text: then a graph is asked about few rows at a time, since each takes memory."""
        return any(column.kind is Kind.TEXT for column in self.features)
