"""What stands beside a model.onnx: all that is needed to call it and to know where it came from.

It holds no time of day, so that equal work has an equal digest.
"""

from __future__ import annotations

from dataclasses import dataclass

from millrace.domain.report import Metrics
from millrace.domain.schema import Schema
from millrace.domain.spec import Spec


@dataclass(frozen=True, slots=True)
class Lineage:
    """What the model was made from."""

    tenant: str
    dataset: str
    content_digest: str
    run_id: str
    spec: Spec


@dataclass(frozen=True, slots=True)
class Manifest:
    """The artifact's description. `model_digest` is the SHA-256 of model.onnx and `model_size` its bytes.

    `steps` names each preprocessing step inside the graph with its version, in order. `ordered_by` is the column of
    whose values the newest were held out, declared or found, or `IN_ORDER` of spec.py;
    None where rows were held out by what they hold.
    """

    schema: Schema
    metrics: Metrics
    lineage: Lineage
    model_digest: str
    model_size: int
    opset: int
    algorithm: str
    steps: tuple[str, ...]
    ordered_by: str | None = None
    schema_version: int = 1
