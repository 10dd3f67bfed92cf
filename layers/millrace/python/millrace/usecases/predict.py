"""Answer a call for predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from millrace.domain.model import ModelAddress, ModelVersion
from millrace.domain.schema import Schema
from millrace.domain.spec import Spec
from millrace.inference.columns import Columns
from millrace.inference.tabular import Prediction
from millrace.usecases.open_model import OpenModels


@dataclass(frozen=True, slots=True)
class Answer:
    """One inference: its id, by which truth can be joined to it later, the version that answered, and what it said.

    `spec` is the one that the version was made with.
    """

    id: str
    version: ModelVersion
    schema: Schema
    spec: Spec
    prediction: Prediction


def predict(
    models: OpenModels, address: ModelAddress, arrange: Callable[[Schema], Columns], inference_id: str
) -> Answer:
    """Open the model, let `arrange` turn what was sent into its columns, and run it once.

    Raises InvalidInput as `arrange` does, and what `OpenModels.open` raises.
    """
    opened = models.open(address)
    prediction = opened.model.predict(arrange(opened.model.schema))
    return Answer(inference_id, opened.version, opened.model.schema, opened.spec, prediction)
