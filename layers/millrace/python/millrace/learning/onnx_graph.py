"""An ONNX graph under construction: raw columns in, outputs out, and inside names that no column can collide with."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

from millrace.domain.schema import Column

OPSET = 21
ML_OPSET = 5
ML_DOMAIN = "ai.onnx.ml"
CONTRIB_DOMAIN = "com.microsoft"  # operators that ONNX Runtime brings beyond the standard
CONTRIB_OPSET = 1
IR_VERSION = 10  # that of ONNX 1.16, which has both opsets


class Graph:
    """Nodes and constants by name. Methods return the name of the tensor they make."""

    def __init__(self, columns: Sequence[Column], outputs: Iterable[str]) -> None:
        self.columns = tuple(columns)
        self._taken = {column.name for column in columns} | set(outputs)
        self._numbers = count()
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._made: dict[Hashable, str] = {}
        self._declared: list[Any] = []
        self._opsets = {"": OPSET, ML_DOMAIN: ML_OPSET}

    def once(self, key: Hashable, make: Callable[[], str]) -> str:
        """The tensor that `make` adds, which is made once for each key."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def constant(self, value: NDArray[Any]) -> str:
        """Put an array in the file; text as objects of str."""
        name = self._fresh()
        if value.dtype == object:
            self._constants.append(numpy_helper.from_array(value, name))
        else:
            little_endian = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<"))
            self._constants.append(numpy_helper.from_array(little_endian, name))
        return name

    def number(self, value: float) -> str:
        """A constant FP64 scalar."""
        return self.constant(np.array(value, dtype=np.float64))

    def add(self, operator: str, *inputs: str, domain: str = "", output: str | None = None, **attributes: Any) -> str:
        """Append a node with one output, which is given a name where it has none."""
        name = output or self._fresh()
        if domain == CONTRIB_DOMAIN:
            self._opsets[domain] = CONTRIB_OPSET
        self._nodes.append(helper.make_node(operator, list(inputs), [name], domain=domain, **attributes))
        return name

    def declare(self, tensor: str, kind: int, shape: Sequence[str | int]) -> str:
        """Say what a tensor is, where an operator beyond the standard made it: ONNX's checker can't infer it."""
        self._declared.append(helper.make_tensor_value_info(tensor, kind, list(shape)))
        return tensor

    def cast(self, tensor: str, kind: int) -> str:
        """Convert to another `TensorProto` type."""
        return self.add("Cast", tensor, to=kind)

    def double(self, tensor: str) -> str:
        """An FP32 tensor in FP64, made once."""
        return self.once(("double", tensor), lambda: self.cast(tensor, TensorProto.DOUBLE))

    def concat(self, tensors: Sequence[str]) -> str:
        """Join tensors of shape [rows, n] side by side."""
        return tensors[0] if len(tensors) == 1 else self.add("Concat", *tensors, axis=1)

    def minus(self, left: str, right: str) -> str:
        """Difference, element by element."""
        return self.add("Sub", left, right)

    def plus(self, left: str, right: str) -> str:
        """Sum, element by element."""
        return self.add("Add", left, right)

    def times(self, left: str, right: str) -> str:
        """Product, element by element."""
        return self.add("Mul", left, right)

    def over(self, left: str, right: str) -> str:
        """Quotient, element by element."""
        return self.add("Div", left, right)

    def finite(self, tensor: str) -> str:
        """Infinities of an FP64 tensor become NaN."""
        return self.add("Where", self.add("IsInf", tensor), self.number(np.nan), tensor)

    def floor(self, tensor: str) -> str:
        """The greatest whole number not above each element."""
        return self.add("Floor", tensor)

    def finish(self, outputs: Sequence[tuple[str, int, int | str]]) -> ModelProto:
        """The model, with outputs of (name, `TensorProto` type, width); rows are free."""
        takes = [
            helper.make_tensor_value_info(
                column.name, TensorProto.STRING if column.kind.is_text else TensorProto.DOUBLE, ["rows", 1]
            )
            for column in self.columns
        ]
        gives = [helper.make_tensor_value_info(name, kind, ["rows", width]) for name, kind, width in outputs]
        graph = helper.make_graph(
            self._nodes, "millrace", takes, gives, initializer=self._constants, value_info=self._declared
        )
        opsets = [helper.make_opsetid(domain, version) for domain, version in self._opsets.items()]
        return helper.make_model(graph, producer_name="millrace", opset_imports=opsets, ir_version=IR_VERSION)

    def _fresh(self) -> str:
        return next(name for name in (f"t{i}" for i in self._numbers) if name not in self._taken)
