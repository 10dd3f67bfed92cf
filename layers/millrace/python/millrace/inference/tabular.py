"""Tables: one ONNX graph with an input per raw column, run by ONNX Runtime."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from millrace.domain.errors import Corrupt
from millrace.domain.schema import Schema
from millrace.inference.columns import Columns

_LOAD_ERRORS = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)
_ERRORS_ONLY = 3
TEXT_ROWS = 32  # a call, of free text: a row's matrix is some 100 KB of zeros, and its letters some 64 bytes each
# What an open session takes, in bytes, rounded up from measurements (`make bench ARGS=sessions`).
_EACH = 256 * 1024
_PER_FILE_BYTE = 10
_PER_COLUMN = 8 * 1024


def session_bytes(file_bytes: int, columns: int) -> int:
    """About how much memory a graph's session holds, in bytes, from its file's size and its number of inputs.

    ONNX Runtime keeps the parsed graph beside its own form of it: a file of 30 KB takes some 450 KB.
    """
    return _EACH + _PER_FILE_BYTE * file_bytes + _PER_COLUMN * columns


@dataclass(frozen=True, slots=True, eq=False)
class Classification:
    """`labels` are class names, shape [rows]; `probabilities` FP32, shape [rows, classes] in the schema's order."""

    labels: NDArray[np.object_]
    probabilities: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """`values` are FP64 in the target's unit, shape [rows]."""

    values: NDArray[np.float64]


Prediction = Classification | Regression


class TabularModel:
    """A graph that is ready to run, with the schema that says what goes in and comes out."""

    def __init__(self, schema: Schema, session: ort.InferenceSession) -> None:
        self.schema = schema
        self._session = session

    @classmethod
    def load(cls, model: bytes, schema: Schema, *, threads: int = 1) -> TabularModel:
        """Make a session of an ONNX file. Raises Corrupt(code="model_unloadable") if it is no graph of this schema."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads  # a Lambda function has about one core
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        options.enable_cpu_mem_arena = False  # an arena keeps the most that any call of the session's life took
        try:
            session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except _LOAD_ERRORS as error:
            raise Corrupt("the model can't be loaded", code="model_unloadable") from error
        loaded = cls(schema, session)
        loaded._check()
        return loaded

    def predict(self, columns: Columns) -> Prediction:
        """Run the graph on columns of shape [rows, 1], one for each feature of the schema."""
        if self.schema.task.is_classification:
            labels, probabilities = self._run(["label", "probabilities"], columns)
            return Classification(labels.reshape(-1), probabilities)
        (values,) = self._run(["prediction"], columns)
        return Regression(values.reshape(-1))

    def _run(self, outputs: list[str], columns: Columns) -> list[NDArray[Any]]:
        rows = len(next(iter(columns.values())))
        if not self.schema.has_text or rows <= TEXT_ROWS:
            given: list[NDArray[Any]] = self._session.run(outputs, columns)
            return given
        parts = [
            self._session.run(outputs, {name: values[start : start + TEXT_ROWS] for name, values in columns.items()})
            for start in range(0, rows, TEXT_ROWS)
        ]
        return [np.concatenate(each) for each in zip(*parts, strict=True)]

    def _check(self) -> None:
        """Compare the graph with the schema, so that a mismatch shows at load and not at a call."""
        takes = {node.name: node.type for node in self._session.get_inputs()}
        wants = {c.name: "tensor(string)" if c.kind.is_text else "tensor(double)" for c in self.schema.features}
        gives = {node.name for node in self._session.get_outputs()}
        needs = {"label", "probabilities"} if self.schema.task.is_classification else {"prediction"}
        if takes != wants or not needs <= gives:
            raise Corrupt("the model and its manifest do not agree", code="model_unloadable")
