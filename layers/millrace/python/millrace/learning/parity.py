"""ONNX Runtime against the fitted pipeline, so that what serves is what was judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from millrace.data.table import Index, Table
from millrace.domain.errors import Corrupt
from millrace.domain.report import Parity
from millrace.domain.schema import Schema
from millrace.learning.export import LABEL, PREDICTION, PROBABILITIES
from millrace.learning.trainer import Fitted, Floats

TOLERANCE = 1e-4
PART = 100_000  # rows that the graph is run on at a time
TEXT_PART = 32  # of free text, whose matrix in the graph has tens of thousands of columns, zeros among them
_ERRORS_ONLY = 3
_REFUSALS = (
    ort_errors.EPFail,
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NoSuchFile,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """What ONNX Runtime said: FP64 probabilities [rows, classes] or predictions [rows, 1]; labels [rows], or none."""

    values: Floats
    labels: NDArray[np.object_]


class Graph:
    """A model's graph, loaded once for many calls."""

    def __init__(self, model: bytes, schema: Schema, *, threads: int = 1) -> None:
        """Raises Corrupt(code="model_unloadable") where ONNX Runtime can't load it."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        self._schema = schema
        self._outputs = [PROBABILITIES, LABEL] if schema.task.is_classification else [PREDICTION]
        try:
            self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except _REFUSALS as error:
            raise Corrupt("ONNX Runtime can't run the model", code="model_unloadable") from error

    def answer(self, table: Table) -> Answered:
        """Run it on typed rows. Raises Corrupt(code="model_unloadable") where ONNX Runtime can't."""
        feeds = (
            {column.name: part[column.name].reshape(-1, 1) for column in self._schema.features}
            for part in self._parts(table)
        )
        try:
            answers = [self._session.run(self._outputs, feed) for feed in feeds]
        except _REFUSALS as error:
            raise Corrupt("ONNX Runtime can't run the model", code="model_unloadable") from error
        given = [np.concatenate(each)[: table.rows] for each in zip(*answers, strict=True)]
        labels = given[1].reshape(-1) if self._schema.task.is_classification else np.empty(0, dtype=object)
        return Answered(np.asarray(given[0], dtype=np.float64), labels)

    def _parts(self, table: Table) -> Iterator[Table]:
        """Of free text few rows at a time, and never none, which ONNX Runtime's TfIdfVectorizer refuses."""
        if not self._schema.has_text:
            return table.parts(PART)
        if table.rows:
            return table.parts(TEXT_PART)
        blank = {c.name: np.array([c.missing if c.kind.is_text else np.nan]) for c in self._schema.features}
        return iter([Table({name: value.astype(table[name].dtype) for name, value in blank.items()}, 1)])


def run(model: bytes, table: Table, schema: Schema, *, threads: int = 1) -> Answered:
    """Load a model and run it on typed rows. Raises Corrupt(code="model_unloadable") where ONNX Runtime can't."""
    return Graph(model, schema, threads=threads).answer(table)


def check(model: bytes, fitted: Fitted, table: Table, schema: Schema, *, threads: int = 1) -> Parity:
    """Compare over every row. A model that fails ONNX's checker, or gives NaN, differs infinitely."""
    try:
        answered = run(model, table, schema, threads=threads)
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError, Corrupt):
        return Parity(table.rows, float("inf"), table.rows, TOLERANCE)
    expected = fitted.predict(table)
    return compare(expected, answered, schema, fitted.unit)


def compare(expected: Floats, answered: Answered, schema: Schema, unit: float) -> Parity:
    """Parity of what the pipeline says, in units of `unit`, with what ONNX Runtime answered."""
    rows = len(expected)
    if expected.shape != answered.values.shape:
        return Parity(rows, float("inf"), rows, TOLERANCE)
    with np.errstate(invalid="ignore"):
        differences = np.abs(expected - answered.values) / unit
    largest = float(np.where(np.isnan(differences), np.inf, differences).max(initial=0.0))
    flips = int((labels_of(expected, schema) != answered.labels).sum()) if schema.task.is_classification else 0
    return Parity(rows, largest, flips, TOLERANCE)


def labels_of(probabilities: Floats, schema: Schema) -> NDArray[np.object_]:
    """The first class with the greatest FP32 probability, shape [rows]."""
    best: Index = probabilities.astype(np.float32).argmax(axis=1)
    return np.array(schema.classes, dtype=object)[best]
