"""The tensor datatypes of the Open Inference Protocol: one table, read both ways, by raw and gRPC forms to come too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType


@dataclass(frozen=True, slots=True)
class Datatype:
    """One row: the wire's name, numpy's, the JSON types of a value (null: a missing one), and an integer's range."""

    name: str
    numpy: str
    types: frozenset[type]
    low: int | None = None
    high: int | None = None


def _integer(name: str, bits: int, *, signed: bool) -> Datatype:
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return Datatype(name, name.lower(), frozenset({int, NoneType}), low, high)


def _float(name: str, numpy: str) -> Datatype:
    return Datatype(name, numpy, frozenset({int, float, NoneType}))


_ROWS = (
    Datatype("BOOL", "bool", frozenset({bool, NoneType})),
    *(_integer(f"UINT{bits}", bits, signed=False) for bits in (8, 16, 32, 64)),
    *(_integer(f"INT{bits}", bits, signed=True) for bits in (8, 16, 32, 64)),
    _float("FP16", "float16"),
    _float("FP32", "float32"),
    _float("FP64", "float64"),
    Datatype("BYTES", "object", frozenset({str, NoneType})),
)
BY_NAME: Mapping[str, Datatype] = {row.name: row for row in _ROWS}
BY_NUMPY: Mapping[str, Datatype] = {row.numpy: row for row in _ROWS}
