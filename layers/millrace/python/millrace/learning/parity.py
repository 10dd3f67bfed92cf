"""ONNX Runtime against the fitted pipeline, so that what serves is what was judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from millrace.data.table import Index, Table
from millrace.domain.errors import Corrupt
from millrace.domain.report import FAR, Parity, WorstRow
from millrace.domain.schema import Schema
from millrace.evaluation.guess import Guess
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

    def guess(self, schema: Schema) -> Guess:
        """The same to be measured: labels as places among the classes, -1 for one that is none of them."""
        if not schema.task.is_classification:
            return Guess(self.values)
        place = {name: index for index, name in enumerate(schema.classes)}
        return Guess(self.values, np.array([place.get(name, -1) for name in self.labels.tolist()], dtype=np.int64))


class Graph:
    """A model's graph, loaded once for many calls."""

    def __init__(self, model: bytes, schema: Schema, *, threads: int = 1) -> None:
        """Raises Corrupt(code="model_unloadable") where ONNX Runtime can't load it."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # a worker shares its machine
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
        blank: dict[str, Any] = {
            column.name: np.array([column.missing if column.kind.is_text else np.nan], dtype=table[column.name].dtype)
            for column in self._schema.features
        }
        return iter([Table(blank, 1)])


def run(model: bytes, table: Table, schema: Schema, *, threads: int = 1) -> Answered:
    """Load a model and run it on typed rows. Raises Corrupt(code="model_unloadable") where ONNX Runtime can't."""
    return Graph(model, schema, threads=threads).answer(table)


def check(model: bytes, fitted: Fitted, table: Table, schema: Schema, *, threads: int = 1) -> Parity:
    """Compare over every row. A model that fails ONNX's checker, or gives NaN, differs infinitely."""
    try:
        answered = run(model, table, schema, threads=threads)
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError, Corrupt):
        return Parity(table.rows, float("inf"), table.rows, TOLERANCE, flips_far=table.rows)
    expected = fitted.predict(table)
    return compare(expected, answered, schema, fitted.unit, fitted.threshold)


def compare(
    expected: Floats, answered: Answered, schema: Schema, unit: float, threshold: float | None = None
) -> Parity:
    """Parity of what the pipeline says, in units of `unit`, with what ONNX Runtime answered.

    `threshold` is the one of `labels_of`.
    """
    rows = len(expected)
    if expected.shape != answered.values.shape:
        return Parity(rows, float("inf"), rows, TOLERANCE, flips_far=rows)
    with np.errstate(invalid="ignore"):
        differences = np.abs(expected - answered.values) / unit
    differences = np.where(np.isnan(differences), np.inf, differences)
    flips, far = _flips(expected, answered, schema, threshold) if schema.task.is_classification else (0, 0)
    worst = _worst(differences, expected, answered.values, schema) if rows else None
    return Parity(rows, float(differences.max(initial=0.0)), flips, TOLERANCE, flips_far=far, worst_row=worst)


def labels_of(probabilities: Floats, schema: Schema, threshold: float | None = None) -> NDArray[np.object_]:
    """The first class with the greatest FP32 probability, shape [rows].

    With a `threshold`, the second of two classes from that FP32 probability of it on, and the first below.
    """
    known = probabilities.astype(np.float32)
    best: Index = known.argmax(axis=1) if threshold is None else (known[:, 1] >= np.float32(threshold)).astype(np.int64)
    return np.array(schema.classes, dtype=object)[best]


def _flips(expected: Floats, answered: Answered, schema: Schema, threshold: float | None) -> tuple[int, int]:
    """How many labels differ, and how many of them further than `FAR` from where the label changes.

    Without a threshold that distance is half of how much likelier the pipeline's own label is than the graph's: by so
    much both probabilities must move to be equal.
    """
    own = labels_of(expected, schema, threshold)
    rows = np.flatnonzero(own != answered.labels)
    if threshold is not None:
        distance = np.abs(expected[rows, 1] - threshold)
    else:
        place = {name: index for index, name in enumerate(schema.classes)}
        theirs = np.array([place.get(label, -1) for label in answered.labels[rows].tolist()], dtype=np.int64)
        distance = (expected[rows].max(axis=1, initial=0.0) - expected[rows, theirs]) / 2
        distance[theirs < 0] = np.inf  # a label that the schema doesn't have
    return len(rows), int((~(distance <= FAR)).sum())


def _worst(differences: Floats, expected: Floats, answered: Floats, schema: Schema) -> WorstRow:
    row, column = (int(place) for place in np.unravel_index(differences.argmax(), differences.shape))
    label = schema.classes[column] if schema.task.is_classification else None
    return WorstRow(row, _finite(expected[row, column]), _finite(answered[row, column]), label)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
