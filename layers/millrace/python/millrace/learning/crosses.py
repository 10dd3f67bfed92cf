"""Sums, differences and ratios of the numbers that matter most, which trees can only approach step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from onnx import TensorProto

from millrace.data.table import Index, Table
from millrace.domain.schema import Column
from millrace.learning.numbers import LARGEST, build_columns, columns, named
from millrace.learning.onnx_graph import Graph
from millrace.learning.trainer import Floats, Matrix

MOST = 5  # numbers whose pairs are crossed


@dataclass(frozen=True, slots=True, eq=False)
class Crosses:
    """Of P pairs of M columns x / scale: left + right, left - right, left / right; NaN where either is missing.

    `left` and `right` [P] are places among the columns, `scale` [M] is in the columns' units.
    """

    numbers: tuple[str, ...]
    dates: tuple[str, ...]
    left: Index
    right: Index
    scale: Floats

    @property
    def width(self) -> int:
        """How many columns it gives."""
        return 3 * len(self.left)

    def transform(self, table: Table) -> Matrix:
        """FP32 of shape [rows, width]."""
        raw = np.stack(list(columns(table, self.numbers, self.dates)), axis=1) / self.scale
        left, right = raw[:, self.left], raw[:, self.right]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            made = np.concatenate([left + right, left - right, left / right], axis=1)
        return np.where(np.abs(made) > LARGEST, np.nan, made).astype(np.float32)

    def build(self, graph: Graph) -> str:
        """The same in a graph."""
        raw = build_columns(graph, self.numbers, self.dates)
        scaled = graph.over(raw, graph.constant(self.scale.reshape(1, -1)))
        left, right = (graph.add("Gather", scaled, graph.constant(side), axis=1) for side in (self.left, self.right))
        made = graph.concat([graph.plus(left, right), graph.minus(left, right), graph.over(left, right)])
        beyond = graph.add("Greater", graph.add("Abs", made), graph.number(LARGEST))
        return graph.cast(graph.add("Where", beyond, graph.number(np.nan), made), TensorProto.FLOAT)


def fit(table: Table, of: Sequence[Column], matters: Floats) -> Crosses | None:
    """Cross the columns that `matters` [M] says most of, in `numbers`' order; None where fewer than two do at all."""
    numbers, dates = named(of)
    ranked = [int(place) for place in np.argsort(-matters, kind="stable") if matters[place] > 0][:MOST]
    pairs = list(combinations(sorted(ranked), 2))
    if not pairs:
        return None
    left, right = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    scale = np.array([_deviation(values) for values in columns(table, numbers, dates)], dtype=np.float64)
    return Crosses(numbers, dates, left, right, scale)


def _deviation(values: Floats) -> float:
    present = values[~np.isnan(values)]
    largest = float(np.abs(present).max(initial=0.0)) or 1.0
    deviation = float((present / largest).std()) * largest if len(present) else 0.0
    return deviation if deviation > 0.0 else 1.0
