"""Calibration inside the graph: each map of `evaluation.calibration` by the same arithmetic in FP64."""

from __future__ import annotations

from functools import singledispatch

import numpy as np

from millrace.evaluation.calibration import TINY, AsIs, Calibration, Isotonic, Platt, Temperature
from millrace.learning.onnx_graph import Graph


@singledispatch
def build(calibration: Calibration, graph: Graph, probabilities: str) -> str:
    """Add the map to FP64 probabilities [rows, classes]; returns the tensor that holds what `apply` gives.

    Raises TypeError for a map that has no twin here.
    """
    # Of a map that was added to `evaluation.calibration` and not here: no graph may go without it.
    raise TypeError(f"{type(calibration).__name__} can't be built behind {probabilities!r} in {graph!r}")


@build.register
def _(calibration: AsIs, graph: Graph, probabilities: str) -> str:  # noqa: ARG001  # as its like
    return probabilities


@build.register
def _(calibration: Temperature, graph: Graph, probabilities: str) -> str:
    scores = graph.times(_logarithm(graph, probabilities), graph.number(calibration.sharpness))
    return graph.add("Softmax", scores, axis=1)


@build.register
def _(calibration: Platt, graph: Graph, probabilities: str) -> str:
    logs = _logarithm(graph, probabilities)
    odds = graph.minus(_column(graph, logs, 1), _column(graph, logs, 0))
    scores = graph.plus(graph.times(odds, graph.number(calibration.slope)), graph.number(calibration.shift))
    return _both(graph, graph.add("Sigmoid", scores))


@build.register
def _(calibration: Isotonic, graph: Graph, probabilities: str) -> str:
    """Every piece of every line at once, shape [rows, lines, pieces], summed over the pieces."""
    is_binary = len(calibration.base) == 1
    values = _column(graph, probabilities, 1) if is_binary else probabilities
    last = graph.constant(np.array([2], dtype=np.int64))
    spread = graph.minus(graph.add("Unsqueeze", values, last), graph.constant(calibration.knots))
    inside = graph.add("Min", graph.add("Max", spread, graph.number(0.0)), graph.constant(calibration.widths))
    risen = graph.add("ReduceSum", graph.times(inside, graph.constant(calibration.slopes)), last, keepdims=0)
    lines = graph.plus(risen, graph.constant(calibration.base.reshape(1, -1)))
    if is_binary:
        return _both(graph, lines)
    side = graph.constant(np.array([1], dtype=np.int64))
    return graph.over(lines, graph.add("ReduceSum", lines, side, keepdims=1))


def _logarithm(graph: Graph, probabilities: str) -> str:
    return graph.add("Log", graph.add("Max", probabilities, graph.number(TINY)))


def _column(graph: Graph, tensor: str, place: int) -> str:
    """Shape [rows, 1]."""
    return graph.add("Gather", tensor, graph.constant(np.array([place], dtype=np.int64)), axis=1)


def _both(graph: Graph, positive: str) -> str:
    return graph.concat([graph.minus(graph.number(1.0), positive), positive])
