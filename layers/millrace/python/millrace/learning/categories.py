"""Categories as rows of a table of numbers: indicators, smoothed means of the target, and how often each is seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from millrace.data.table import Index, Table, Values
from millrace.learning.onnx_graph import ML_DOMAIN, Graph
from millrace.learning.trainer import Floats, Matrix

MOST = 10_000  # categories of a column that are told apart
SMOOTHING = 10.0  # rows of the overall mean that are added to each category's own


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """One column: `values`, the most frequent first, and for each its row of `table` [len(values) + 1, width].

    The last row stands for every other text: those seen once in training, and those never seen.
    """

    column: str
    values: tuple[str, ...]
    table: NDArray[np.float32]

    @property
    def width(self) -> int:
        """How many columns it gives."""
        return int(self.table.shape[1])

    def codes(self, table: Table) -> Index:
        """Each row's place in `values`, or their number; shape [rows]."""
        return codes(self.values, table[self.column])

    def transform(self, table: Table) -> Matrix:
        """FP32 of shape [rows, width]."""
        return self.table[self.codes(table)]

    def build(self, graph: Graph) -> str:
        """The same in a graph; a tensor of shape [rows, 1, width]."""
        places = graph.once(
            ("codes", self.column, self.values),
            lambda: graph.add(
                "LabelEncoder",
                self.column,
                domain=ML_DOMAIN,
                keys_strings=list(self.values),
                values_int64s=list(range(len(self.values))),
                default_int64=len(self.values),
            ),
        )
        return graph.add("Gather", graph.constant(self.table), places, axis=0)


def vocabulary(values: Values) -> tuple[str, ...]:
    """The texts with a row of their own: those seen twice, at most `MOST`, the most frequent first; at least one."""
    counts = Counter(values.tolist())
    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    return tuple(value for value in ranked[:MOST] if counts[value] > 1) or tuple(ranked[:1])


def codes(values: Sequence[str], of: Values) -> Index:
    """Each text's place in `values`, or their number where it is none of them; shape [rows]."""
    places: Mapping[str, int] = {value: place for place, value in enumerate(values)}
    other = len(values)
    return np.fromiter((places.get(value, other) for value in of), dtype=np.int64, count=len(of))


def indicators(count: int, most: int) -> NDArray[np.float32]:
    """Rows of the identity for the `most` most frequent of `count` categories; zeros for others. [count + 1, n]."""
    return np.eye(count + 1, min(count, most), dtype=np.float32)


def frequencies(places: Index, count: int) -> NDArray[np.float32]:
    """ln(1 + rows) of each category, shape [count + 1, 1]; those told apart only."""
    seen = np.bincount(places, minlength=count + 1)
    return np.log1p(seen).astype(np.float32).reshape(-1, 1)


def means(places: Index, count: int, wanted: Floats, weights: Floats | None) -> NDArray[np.float32]:
    """Smoothed means of `wanted` [rows, outputs] over the rows of each category; shape [count + 1, outputs].

    Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes", 2001, with a fixed prior.
    """
    heavy = np.ones(len(places)) if weights is None else weights
    total = np.bincount(places, weights=heavy, minlength=count + 1).reshape(-1, 1)
    sums = np.zeros((count + 1, wanted.shape[1]))
    for output, each in enumerate(wanted.T):
        sums[:, output] = np.bincount(places, weights=heavy * each, minlength=count + 1)
    overall = sums.sum(axis=0) / max(float(heavy.sum()), 1e-300)
    smoothed: NDArray[np.float32] = ((sums + SMOOTHING * overall) / (total + SMOOTHING)).astype(np.float32)
    return smoothed


def out_of_fold_means(
    places: Index, count: int, wanted: Floats, weights: Floats | None, folds: Index
) -> NDArray[np.float32]:
    """For each row, the mean of its category over the rows of other `folds` [rows]; shape [rows, outputs]."""
    found = np.empty((len(places), wanted.shape[1]), dtype=np.float32)
    for fold in np.unique(folds):
        inside, outside = folds != fold, folds == fold
        heavy = None if weights is None else weights[inside]
        found[outside] = means(places[inside], count, wanted[inside], heavy)[places[outside]]
    return found
