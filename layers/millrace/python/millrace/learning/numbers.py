"""Numbers, booleans and dates in FP32, as trees read them: in their own unit, the missing left to the learner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from millrace.data.table import Table
from millrace.domain.schema import Column, Kind
from millrace.learning.dates import Arrays, parts
from millrace.learning.onnx_graph import Graph
from millrace.learning.trainer import Floats, Matrix

LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """`fill` [M] stands for a missing number, NaN leaves it; `shift` [M] is taken off first, where FP32 needs it."""

    numbers: tuple[str, ...]
    dates: tuple[str, ...]
    fill: Floats
    shift: Floats

    @property
    def width(self) -> int:
        """How many columns it gives."""
        return len(self.fill)

    def transform(self, table: Table) -> Matrix:
        """FP32 of shape [rows, width]."""
        matrix = np.empty((table.rows, self.width), dtype=np.float32)
        for position, values in enumerate(columns(table, self.numbers, self.dates)):
            filled = np.where(np.isnan(values), self.fill[position], values) - self.shift[position]
            matrix[:, position] = np.where(filled > LARGEST, LARGEST, np.where(filled < -LARGEST, -LARGEST, filled))
        return matrix

    def build(self, graph: Graph) -> str:
        """The same in a graph."""
        raw = build_columns(graph, self.numbers, self.dates)
        if np.isnan(self.fill).all():
            filled = raw
        else:
            filled = graph.add("Where", graph.add("IsNaN", raw), graph.constant(self.fill.reshape(1, -1)), raw)
        if self.shift.any():
            filled = graph.minus(filled, graph.constant(self.shift.reshape(1, -1)))
        # Where, not Clip, which may turn NaN into a limit.
        for beyond, limit in (("Greater", LARGEST), ("Less", -LARGEST)):
            edge = graph.number(limit)
            filled = graph.add("Where", graph.add(beyond, filled, edge), edge, filled)
        return graph.cast(filled, TensorProto.FLOAT)


def fit(table: Table, of: Sequence[Column]) -> Numbers:
    """Learn fills and shifts from training rows."""
    numbers, dates = named(of)
    fill, shift = [], []
    for values in columns(table, numbers, dates):
        present = values[~np.isnan(values)]
        # Clipped as in a row, since the middle of two of the largest numbers is not finite.
        median = float(np.median(np.clip(present, -LARGEST, LARGEST))) if len(present) else 0.0
        fill.append(np.nan if len(present) < len(values) else median)
        shift.append(median if _collapses(present) else 0.0)
    return Numbers(numbers, dates, np.array(fill, dtype=np.float64), np.array(shift, dtype=np.float64))


def named(of: Sequence[Column]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of numbers and booleans, and those of dates."""
    numbers = tuple(column.name for column in of if column.kind in {Kind.NUMBER, Kind.BOOLEAN})
    return numbers, tuple(column.name for column in of if column.kind is Kind.DATE)


def columns(table: Table, numbers: Sequence[str], dates: Sequence[str]) -> Iterator[Floats]:
    """The numbers, then the parts of the dates, column by column, each of shape [rows]; infinities are missing."""
    for name in numbers:
        values = np.asarray(table[name], dtype=np.float64)
        yield np.where(np.isinf(values), np.nan, values)
    for name in dates:
        values = np.asarray(table[name], dtype=np.float64)
        yield from parts(Arrays(), np.where(np.isinf(values), np.nan, values))


def build_columns(graph: Graph, numbers: Sequence[str], dates: Sequence[str]) -> str:
    """The same in a graph, FP64 [rows, width], made once however many ask for it."""

    def make() -> str:
        listed = [*numbers]
        joined = [graph.finite(graph.concat(listed))] if listed else []
        for name in dates:
            joined.extend(parts(graph, graph.finite(name)))
        return graph.concat(joined)

    return graph.once(("columns", tuple(numbers), tuple(dates)), make)


def _collapses(present: Floats) -> bool:
    """Whether numbers that differ become equal in FP32."""
    if not len(present) or np.abs(present).max() > LARGEST:
        return False
    distinct = np.unique(present)
    return len(np.unique(distinct.astype(np.float32))) < len(distinct)
