"""Predictions as the wires say them: arrays become lists, and what is not finite becomes null."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millrace.domain.schema import Schema
from millrace.inference.tabular import Classification, Prediction
from millrace.protocol import oip, rows
from millrace.protocol.datatypes import BY_NUMPY
from millrace.usecases.predict import Answer

_ANY = -1  # rows, in a metadata shape


def predictions(answer: Answer) -> Sequence[Mapping[str, object]]:
    """What is said of each row: a label and probabilities, or a value."""
    prediction = answer.prediction
    if isinstance(prediction, Classification):
        probabilities = _listed(prediction.probabilities)
        return rows.classified(prediction.labels.tolist(), probabilities, answer.schema.classes)
    return rows.regressed(_listed(prediction.values))


def as_rows(answer: Answer, said: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    """The answer to `{"rows": [...]}`, of what `predictions` says."""
    return rows.response(answer.id, answer.version.model, answer.version.number, said)


def as_tensors(answer: Answer, request: oip.InferRequest) -> Mapping[str, object]:
    """The answer to an Open Inference Protocol request, of the outputs that it names."""
    tensors = [
        oip.Tensor(name, BY_NUMPY[array.dtype.name].name, array.shape, _listed(array.reshape(-1)))
        for name, array in _arrays(answer.prediction).items()
    ]
    outputs = oip.select(tensors, request.outputs)
    return oip.response(answer.version.model, answer.version.number, request.id, answer.id, outputs)


def metadata(model: str, version: int, schema: Schema) -> Mapping[str, object]:
    """A model's metadata. The order of its classes, as in `probabilities`, is a parameter: a JSON list as text."""
    inputs = [oip.TensorMetadata(c.name, "BYTES" if c.kind.is_text else "FP64", (_ANY, 1)) for c in schema.features]
    if not schema.task.is_classification:
        return oip.model_metadata(model, version, inputs, [oip.TensorMetadata("prediction", "FP64", (_ANY, 1))])
    outputs = [
        oip.TensorMetadata("label", "BYTES", (_ANY, 1)),
        oip.TensorMetadata("probabilities", "FP32", (_ANY, len(schema.classes))),
    ]
    return {
        **oip.model_metadata(model, version, inputs, outputs),
        "parameters": {"classes": json.dumps(schema.classes)},
    }


def _arrays(prediction: Prediction) -> dict[str, NDArray[Any]]:
    """The graph's outputs by name, in the shapes that metadata promises."""
    if isinstance(prediction, Classification):
        return {"label": prediction.labels.reshape(-1, 1), "probabilities": prediction.probabilities}
    return {"prediction": prediction.values.reshape(-1, 1)}


def _listed(array: NDArray[Any]) -> list[Any]:
    """Nested lists of plain values; NaN and infinity, which JSON has not, become None."""
    if array.dtype != object and not np.isfinite(array).all():
        holes = ~np.isfinite(array)
        array = array.astype(object)
        array[holes] = None
    listed: list[Any] = array.tolist()
    return listed
