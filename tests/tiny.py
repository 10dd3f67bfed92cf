"""Real ONNX models, small enough to build in a test: the graph that the learner's export promises."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from millrace.domain import digest
from millrace.domain.manifest import Lineage, Manifest
from millrace.domain.schema import MISSING_TOKEN, Column, Kind, Schema
from millrace.domain.spec import Metric, Spec, Task

FEATURES = (
    Column("age", Kind.NUMBER),
    Column("member", Kind.BOOLEAN),
    Column("since", Kind.DATE),
    Column("city", Kind.CATEGORY, missing=MISSING_TOKEN),
)
CLASSIFIES = Schema(FEATURES, "risk", Task.BINARY, ("bad", "good"))
REGRESSES = Schema(FEATURES, "price", Task.REGRESSION)
CITIES = {"Paris": 1.0, "Köln": 2.0, MISSING_TOKEN: 4.0}  # what each adds to the score; an unseen one adds 0
_DEFAULTS = Spec()
ROW: dict[str, object] = {"age": 30, "member": True, "since": "1970-01-02", "city": "Paris"}


def score(age: float, member: float, since: float, city: str, bias: float = 0.0) -> float:
    """What the graph computes: NaN counts as -1, dates in days."""
    known = [-1.0 if np.isnan(value) else value for value in (age, member, since / 86400)]
    return bias + known[0] / 100 + known[1] * 10 + known[2] + CITIES.get(city, 0.0)


def model(schema: Schema = CLASSIFIES, bias: float = 0.0) -> bytes:
    """The ONNX file: `prediction` is the score, or `probabilities` are 1 - p and p = sigmoid(score)."""
    nodes = [
        *(
            node
            for weight, name in ((0.01, "age"), (10.0, "member"), (1 / 86400, "since"))
            for node in _term(name, weight)
        ),
        helper.make_node(
            "LabelEncoder",
            ["city"],
            ["city_f"],
            domain="ai.onnx.ml",
            keys_strings=list(CITIES),
            values_floats=list(CITIES.values()),
            default_float=0.0,
        ),
        helper.make_node("Cast", ["city_f"], ["city_t"], to=TensorProto.DOUBLE),
        helper.make_node("Constant", [], ["bias"], value=_tensor(np.array([bias]))),
        helper.make_node("Sum", ["age_t", "member_t", "since_t", "city_t", "bias"], ["score"]),
    ]
    inputs = [
        helper.make_tensor_value_info(c.name, TensorProto.STRING if c.kind.is_text else TensorProto.DOUBLE, [None, 1])
        for c in schema.features
    ]
    tail, outputs = _classes(schema) if schema.task.is_classification else _number()
    graph = helper.make_graph([*nodes, *tail], "tiny", inputs, outputs)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]
    content: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()
    return content


def manifest(content: bytes, schema: Schema = CLASSIFIES, run_id: str = "0" * 32, spec: Spec = _DEFAULTS) -> Manifest:
    """The manifest that goes with a model's bytes."""
    return Manifest(
        schema=schema,
        metrics={Metric.LOG_LOSS: 0.5} if schema.task.is_classification else {Metric.RMSE: 1.0},
        lineage=Lineage("acme", "credit", "0" * 64, run_id, spec),
        model_digest=digest.of_bytes(content),
        model_size=len(content),
        opset=18,
        algorithm="tiny",
        steps=("score@1",),
    )


def _term(name: str, weight: float) -> list[NodeProto]:
    """`weight` times the input, NaN counting as -1."""
    missing = helper.make_node("IsNaN", [f"{name}_s"], [f"{name}_n"])
    scaled = helper.make_node("Mul", [name, f"{name}_w"], [f"{name}_s"])
    weighted = helper.make_node("Constant", [], [f"{name}_w"], value=_tensor(np.array([weight])))
    absent = helper.make_node(
        "Constant", [], [f"{name}_m"], value=_tensor(np.array([-1.0 if name == "since" else -weight]))
    )
    filled = helper.make_node("Where", [f"{name}_n", f"{name}_m", f"{name}_s"], [f"{name}_t"])
    return [weighted, absent, scaled, missing, filled]


def _classes(schema: Schema) -> tuple[list[NodeProto], list[ValueInfoProto]]:
    nodes = [
        helper.make_node("Sigmoid", ["score"], ["p"]),
        helper.make_node("Constant", [], ["one"], value=_tensor(np.array([1.0]))),
        helper.make_node("Sub", ["one", "p"], ["q"]),
        helper.make_node("Concat", ["q", "p"], ["both"], axis=1),
        helper.make_node("Cast", ["both"], ["probabilities"], to=TensorProto.FLOAT),
        helper.make_node("ArgMax", ["both"], ["best"], axis=1, keepdims=1),
        helper.make_node("Constant", [], ["names"], value_strings=[name.encode() for name in schema.classes]),
        helper.make_node("Gather", ["names", "best"], ["label"]),
    ]
    return nodes, [
        helper.make_tensor_value_info("label", TensorProto.STRING, [None, 1]),
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, len(schema.classes)]),
    ]


def _number() -> tuple[list[NodeProto], list[ValueInfoProto]]:
    output = helper.make_tensor_value_info("prediction", TensorProto.DOUBLE, [None, 1])
    return [helper.make_node("Identity", ["score"], ["prediction"])], [output]


def _tensor(values: NDArray[np.float64]) -> TensorProto:
    return numpy_helper.from_array(values.astype(np.float64))
