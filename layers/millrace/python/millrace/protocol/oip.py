"""Open Inference Protocol v2 in JSON. Checked by hand, since most of a call's cost is the handling of its JSON.

The binary form (raw tensors after the JSON, announced by `Inference-Header-Content-Length`) and gRPC are to be other
readers and writers of the same `InferRequest` and `Tensor`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from millrace.domain.errors import InvalidInput, TooLarge
from millrace.domain.suggestion import shown
from millrace.protocol.datatypes import BY_NAME, Datatype

BINARY_HEADER = "inference-header-content-length"
PLATFORM = "onnxruntime_onnx"
MAX_DIMENSIONS = 8
MAX_SIZE = 2**31


@dataclass(frozen=True, slots=True)
class Tensor:
    """A named tensor; `data` is flat, row-major, with None for null."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    data: Sequence[object]

    def to_wire(self) -> dict[str, object]:
        """The tensor as an element of `outputs`."""
        return {"name": self.name, "datatype": self.datatype, "shape": self.shape, "data": self.data}


@dataclass(frozen=True, slots=True)
class InferRequest:
    """What a client asks: `outputs` names those wanted, all when empty."""

    id: str | None
    inputs: tuple[Tensor, ...]
    outputs: tuple[str, ...]

    def columns(self, max_rows: int) -> dict[str, Sequence[object]]:
        """One sequence per input, each of shape [n] or [n, 1]. Raises InvalidInput, TooLarge beyond `max_rows`."""
        rows = self.inputs[0].shape[0] if self.inputs[0].shape else 0
        if rows > max_rows:
            raise TooLarge(f"{rows} rows in one call; {max_rows} at most", code="too_many_rows", field="inputs")
        if rows == 0:
            raise _invalid(f"input {shown(self.inputs[0].name)} has no row", "inputs[0].shape")
        for index, tensor in enumerate(self.inputs):
            if tensor.shape not in {(rows,), (rows, 1)}:
                raise _invalid(
                    f"input {shown(tensor.name)} has shape {list(tensor.shape)}; [{rows}, 1] is expected",
                    f"inputs[{index}].shape",
                )
        return {tensor.name: tensor.data for tensor in self.inputs}


@dataclass(frozen=True, slots=True)
class TensorMetadata:
    """What metadata says of one input or output; -1 in a shape stands for any number of rows."""

    name: str
    datatype: str
    shape: tuple[int, ...]

    def to_wire(self) -> dict[str, object]:
        """The tensor as an element of a model's metadata."""
        return {"name": self.name, "datatype": self.datatype, "shape": self.shape}


def parse(body: object) -> InferRequest:
    """An inference request. Raises InvalidInput that names the field at fault."""
    if not isinstance(body, dict):
        raise _invalid("the body is not an object", "body")
    request_id = body.get("id")
    if request_id is not None and not isinstance(request_id, str):
        raise _invalid("'id' is not a string", "id")
    inputs = _objects(body, "inputs")
    if not inputs:
        raise _invalid("'inputs' is empty", "inputs")
    tensors = tuple(_tensor(item, f"inputs[{index}]") for index, item in enumerate(inputs))
    _once([tensor.name for tensor in tensors], "inputs")
    outputs = _objects(body, "outputs") if body.get("outputs") is not None else []
    names = tuple(_text(item, "name", f"outputs[{index}]") for index, item in enumerate(outputs))
    _once(names, "outputs")
    return InferRequest(request_id, tensors, names)


def select(tensors: Sequence[Tensor], wanted: Sequence[str]) -> Sequence[Tensor]:
    """The outputs asked for, in that order; all when none is named. Raises InvalidInput for one that isn't there."""
    if not wanted:
        return tensors
    known = {tensor.name: tensor for tensor in tensors}
    for index, name in enumerate(wanted):
        if name not in known:
            raise _invalid(f"{shown(name)} is not an output; there are {', '.join(known)}", f"outputs[{index}].name")
    return [known[name] for name in wanted]


def response(
    model: str, version: int, request_id: str | None, inference_id: str, outputs: Sequence[Tensor]
) -> Mapping[str, object]:
    """The answer to an inference request, with its `id` echoed; ours is a parameter, as the protocol has it."""
    answer: dict[str, object] = {"model_name": model, "model_version": str(version)}
    if request_id is not None:
        answer["id"] = request_id
    answer["parameters"] = {"inference_id": inference_id}
    return {**answer, "outputs": [tensor.to_wire() for tensor in outputs]}


def server_metadata(version: str) -> Mapping[str, object]:
    """What this server is. `binary_tensor_data` joins the extensions when it can be read."""
    return {"name": "millrace", "version": version, "extensions": []}


def model_metadata(
    model: str, version: int, inputs: Sequence[TensorMetadata], outputs: Sequence[TensorMetadata]
) -> Mapping[str, object]:
    """What a model takes and gives; `versions` holds the one that this address means now."""
    return {
        "name": model,
        "versions": [str(version)],
        "platform": PLATFORM,
        "inputs": [tensor.to_wire() for tensor in inputs],
        "outputs": [tensor.to_wire() for tensor in outputs],
    }


def refuse_binary(headers: Mapping[str, str]) -> None:
    """Raise InvalidInput for the binary form, before its bytes are read as JSON. `headers` have lower-case names."""
    if BINARY_HEADER in headers:
        raise InvalidInput(
            "this endpoint takes JSON tensors, not binary ones yet",
            code="binary_not_supported",
            field=BINARY_HEADER,
            hint="with tritonclient: set_data_from_numpy(..., binary_data=False)",
        )


def _tensor(item: Mapping[str, object], where: str) -> Tensor:
    name = _text(item, "name", where)
    named = _text(item, "datatype", where)
    datatype = BY_NAME.get(named)
    if datatype is None:
        raise _invalid(f"{shown(named)} is not a datatype; there are {', '.join(BY_NAME)}", f"{where}.datatype")
    shape = item.get("shape")
    if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
        raise _invalid("'shape' is not a list of sizes", f"{where}.shape")
    if len(shape) > MAX_DIMENSIONS or max(shape, default=0) > MAX_SIZE:  # before they are multiplied and written out
        raise _invalid(f"'shape' has more than {MAX_DIMENSIONS} sizes, or one beyond {MAX_SIZE}", f"{where}.shape")
    data = item.get("data")
    if not isinstance(data, list):
        raise _invalid("'data' is not a list", f"{where}.data")
    flat = _flat(data, len(shape), f"{where}.data")
    if len(flat) != prod(shape):
        raise _invalid(f"shape {shape} needs {prod(shape)} values; 'data' has {len(flat)}", f"{where}.data")
    _check_values(flat, datatype, f"{where}.data")
    return Tensor(name, named, tuple(shape), flat)


def _flat(data: Sequence[object], depth: int, where: str) -> Sequence[object]:
    """Flatten nested data, at most `depth` levels of it, every element of a level being a list or none."""
    for _ in range(depth - 1):
        nested = [item for item in data if isinstance(item, list)]
        if not nested:
            break
        if len(nested) != len(data) or len({len(item) for item in nested}) != 1:
            raise _invalid("'data' is neither flat nor evenly nested", where)
        data = [value for item in nested for value in item]
    return data


def _check_values(data: Sequence[object], datatype: Datatype, where: str) -> None:
    wrong = set(map(type, data)) - datatype.types
    if wrong:
        raise _invalid(f"'data' has a {min(kind.__name__ for kind in wrong)}, which is not {datatype.name}", where)
    if datatype.low is not None and datatype.high is not None:
        numbers = [value for value in data if isinstance(value, int)]
        if numbers and not datatype.low <= min(numbers) <= max(numbers) <= datatype.high:
            raise _invalid(f"'data' has a number beyond {datatype.name}", where)


def _objects(body: Mapping[str, object], name: str) -> list[dict[str, object]]:
    items = body.get(name)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _invalid(f"{name!r} is not a list of objects", name)
    return items


def _text(item: Mapping[str, object], name: str, where: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value:
        raise _invalid(f"{name!r} is not a text", f"{where}.{name}")
    return value


def _once(names: Sequence[str], where: str) -> None:
    if len(set(names)) != len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise _invalid(f"{shown(twice)} is there more than once", where)


def _invalid(message: str, field: str) -> InvalidInput:
    return InvalidInput(message, code="invalid_request", field=field)
