from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from millrace.data.table import Table
from millrace.domain.schema import Column, Kind, Schema
from millrace.domain.spec import Task
from millrace.inference.tabular import Classification, Regression, TabularModel
from millrace.learning.export import export
from millrace.learning.onnx_graph import IR_VERSION, OPSET, Graph
from millrace.learning.trainer import Floats
from tests.rows import COLUMNS, schema


@dataclass(frozen=True)
class Fixed:
    """A `Fitted` that gives the same for every row."""

    values: tuple[float, ...]
    steps: tuple[str, ...] = ("fixed/1",)
    unit: float = 1.0
    threshold: float | None = None

    def predict(self, table: Table) -> Floats:
        return np.tile(self.values, (table.rows, 1))

    def build(self, graph: Graph) -> str:
        rows = graph.add("Shape", graph.columns[0].name)
        width = graph.constant(np.array([1, len(self.values)], dtype=np.int64))
        return graph.add("Expand", graph.constant(np.array([self.values])), graph.add("Mul", rows, width))


FEEDS = {
    column.name: np.full((2, 1), "x", dtype=object) if column.kind.is_text else np.zeros((2, 1)) for column in COLUMNS
}


def test_inputs_are_typed_and_named_as_the_columns() -> None:
    model = onnx.load_from_string(export(Fixed((0.25, 0.75)), schema(Task.BINARY)))
    given = {node.name: node.type.tensor_type for node in model.graph.input}
    assert list(given) == [column.name for column in COLUMNS]
    for column in COLUMNS:
        assert given[column.name].elem_type == (TensorProto.STRING if column.kind.is_text else TensorProto.DOUBLE)
        assert [dim.dim_param or dim.dim_value for dim in given[column.name].shape.dim] == ["rows", 1]
    assert model.ir_version == IR_VERSION
    assert {opset.domain: opset.version for opset in model.opset_import}[""] == OPSET


def test_what_serves_can_load_classes() -> None:
    content = export(Fixed((0.25, 0.75)), schema(Task.BINARY))
    answer = TabularModel.load(content, schema(Task.BINARY)).predict(FEEDS)
    assert isinstance(answer, Classification)
    assert answer.labels.tolist() == ["yes", "yes"]
    assert answer.probabilities.dtype == np.float32
    assert answer.probabilities.tolist() == [[0.25, 0.75]] * 2


def test_what_serves_can_load_numbers() -> None:
    content = export(Fixed((1e15 + 0.5,)), schema(Task.REGRESSION))
    answer = TabularModel.load(content, schema(Task.REGRESSION)).predict(FEEDS)
    assert isinstance(answer, Regression)
    assert answer.values.tolist() == [1e15 + 0.5] * 2


def test_of_equal_published_probabilities_the_first_class_is_the_label() -> None:
    """The FP64 ones may differ where the FP32 ones, which a caller sees, do not."""
    content = export(Fixed((0.5, 0.5 + 1e-12)), schema(Task.BINARY))
    answer = TabularModel.load(content, schema(Task.BINARY)).predict(FEEDS)
    assert isinstance(answer, Classification)
    assert answer.labels.tolist() == ["no", "no"]


@pytest.mark.parametrize("positive", [0.1, 0.25, 0.5, 0.75, 0.9])
def test_with_a_threshold_the_second_class_is_the_label_from_it_on(positive: float) -> None:
    """In the FP32 that a caller sees: 0.25 is one, and at 0.1 both sides are rounded alike."""
    for threshold in (0.1, 0.25, 0.5, 0.75, 0.9):
        content = export(Fixed((1.0 - positive, positive), threshold=threshold), schema(Task.BINARY))
        onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
        answer = TabularModel.load(content, schema(Task.BINARY)).predict(FEEDS)
        assert isinstance(answer, Classification)
        expected = "yes" if np.float32(positive) >= np.float32(threshold) else "no"
        assert answer.labels.tolist() == [expected] * 2
        assert answer.probabilities.tolist() == [[np.float32(1.0 - positive), np.float32(positive)]] * 2


def test_class_names_keep_every_letter() -> None:
    named = Schema(COLUMNS, "answer", Task.BINARY, ("ja ✓", "a\x00b"))
    answer = TabularModel.load(export(Fixed((0.1, 0.9)), named), named).predict(FEEDS)
    assert isinstance(answer, Classification)
    assert answer.labels.tolist() == ["a\x00b"] * 2


@pytest.mark.parametrize("task", list(Task))
def test_inner_names_keep_clear_of_columns(task: Task) -> None:
    columns = tuple(Column(f"t{i}", Kind.NUMBER) for i in range(12))
    named = Schema(columns, "answer", task, schema(task).classes)
    values = (0.5,) * max(1, len(named.classes))
    onnx.checker.check_model(onnx.load_from_string(export(Fixed(values), named)), full_check=True)
