"""A fitted pipeline as one ONNX file: typed raw columns in, labels and probabilities or a prediction out."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto

from millrace.domain.schema import Schema
from millrace.learning.onnx_graph import Graph
from millrace.learning.trainer import Fitted

LABEL = "label"
PROBABILITIES = "probabilities"
PREDICTION = "prediction"


def export(fitted: Fitted, schema: Schema) -> bytes:
    """The model's bytes; equal pipelines give equal bytes.

    Classification gives `label` (string, [rows, 1]), the first class with the greatest of the FP32 `probabilities`
    ([rows, classes]), or with a threshold the second of two classes from that FP32 probability of it on; regression
    gives `prediction` (FP64, [rows, 1]).
    """
    names = (LABEL, PROBABILITIES) if schema.task.is_classification else (PREDICTION,)
    graph = Graph(schema.features, names)
    result = fitted.build(graph)
    if not schema.task.is_classification:
        graph.add("Identity", result, output=PREDICTION)
        model = graph.finish([(PREDICTION, TensorProto.DOUBLE, 1)])
    else:
        graph.add("Cast", result, to=TensorProto.FLOAT, output=PROBABILITIES)
        best = _best(graph, fitted.threshold)
        graph.add("Gather", graph.constant(np.array(schema.classes, dtype=object)), best, axis=0, output=LABEL)
        model = graph.finish([(LABEL, TensorProto.STRING, 1), (PROBABILITIES, TensorProto.FLOAT, len(schema.classes))])
    return bytes(model.SerializeToString(deterministic=True))


def _best(graph: Graph, threshold: float | None) -> str:
    """Each row's class, by its place; INT64 [rows, 1]."""
    if threshold is None:
        return graph.add("ArgMax", PROBABILITIES, axis=1, keepdims=1)
    second = graph.add("Gather", PROBABILITIES, graph.constant(np.array([1], dtype=np.int64)), axis=1)
    limit = graph.constant(np.array(threshold, dtype=np.float32))
    return graph.cast(graph.add("GreaterOrEqual", second, limit), TensorProto.INT64)
