"""Where a number stands among the training rows': a quantile transform, straight between quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from millrace.data.table import Index
from millrace.learning.onnx_graph import Graph
from millrace.learning.trainer import Floats, Matrix

STEPS = 16  # between as many quantiles and one; of fewer different ones between those there are
MOST = 100  # numbers of a table, beyond which none is: of ten thousand rows, 2,000 would take a gigabyte in a graph
_NEAREST = 1e-5  # of the bent scale: quantiles that are nearer to each other count as one
_SPREAD = float(np.sqrt(12.0))  # of a uniform variable, so that its deviation is 1


@dataclass(frozen=True, slots=True, eq=False)
class QuantileTransform:
    """Of R numbers, at `places` among the M, from -1.73 at the least to 1.73 at the greatest: about uniform.

    Each of the R has `STEPS` steps, that begin at `begins` and rise by `slopes`, FP32 [R, STEPS], from 0 to 1; those it
    lacks never rise. `shares` FP32 [R] is what one of its steps counts.
    """

    places: Index
    begins: NDArray[np.float32]
    slopes: NDArray[np.float32]
    shares: NDArray[np.float32]

    @property
    def width(self) -> int:
        """How many columns it gives."""
        return len(self.places)

    def transform(self, bent: Floats) -> Matrix:
        """FP32 [rows, R] of FP64 [rows, M]."""
        found = np.empty((len(bent), self.width), dtype=np.float32)
        for column, place in enumerate(self.places):
            values = bent[:, place].astype(np.float32).reshape(-1, 1)
            steps = np.clip((values - self.begins[column]) * self.slopes[column], np.float32(0.0), np.float32(1.0))
            found[:, column] = steps.sum(axis=1)
        return found * self.shares - np.float32(_SPREAD / 2.0)

    def build(self, graph: Graph, bent: str) -> str:
        """The same in a graph."""
        chosen = graph.cast(graph.add("Gather", bent, graph.constant(self.places), axis=1), TensorProto.FLOAT)
        last = graph.constant(np.array([2], dtype=np.int64))
        least, most, half = (graph.constant(np.array(each, dtype=np.float32)) for each in (0.0, 1.0, _SPREAD / 2.0))
        away = graph.minus(graph.add("Unsqueeze", chosen, last), graph.constant(self.begins[np.newaxis]))
        steps = graph.add("Clip", graph.times(away, graph.constant(self.slopes[np.newaxis])), least, most)
        risen = graph.add("ReduceSum", steps, last, keepdims=0)
        return graph.minus(graph.times(risen, graph.constant(self.shares.reshape(1, -1))), half)


def fit(bent: Sequence[Floats]) -> QuantileTransform | None:
    """Learn the quantiles of each of M numbers from what its training rows hold; None where none is worth it.

    A number of two values or of one is left out: its transform would say nothing that it does not say itself.
    """
    edges = [_edges(values) for values in bent] if len(bent) <= MOST else []
    places = [place for place, found in enumerate(edges) if len(found) > 2]
    if not places:
        return None
    begins, slopes = (np.zeros((len(places), STEPS), dtype=np.float32) for _ in range(2))
    shares = np.empty(len(places), dtype=np.float32)
    for row, place in enumerate(places):
        found = edges[place]
        begins[row, : len(found) - 1] = found[:-1]
        slopes[row, : len(found) - 1] = 1.0 / np.diff(found)
        shares[row] = _SPREAD / (len(found) - 1)
    return QuantileTransform(np.array(places, dtype=np.int64), begins, slopes, shares)


def _edges(values: Floats) -> Floats:
    """Different quantiles from the least to the greatest, shape [at most STEPS + 1]."""
    if not len(values):
        return np.empty(0)
    found = np.quantile(values, np.linspace(0.0, 1.0, STEPS + 1), method="inverted_cdf")
    kept = [float(found[0])]
    for edge in found[1:]:
        if edge - kept[-1] >= _NEAREST:
            kept.append(float(edge))
    return np.array(kept)
