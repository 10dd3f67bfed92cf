"""Any record of the domain, for properties of its stored form. Numbers are finite, whole ones of at most 38 digits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from enum import Enum
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

SCALARS: dict[object, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(min_value=-(10**38) + 1, max_value=10**38 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    str: st.text(max_size=20),
    type(None): st.none(),
}


def records(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type of which the domain's records are made."""
    if kind in SCALARS:
        return SCALARS[kind]
    if get_origin(kind) is UnionType:
        return st.one_of([records(each) for each in get_args(kind)])
    if get_origin(kind) is tuple:
        return st.lists(records(get_args(kind)[0]), max_size=4).map(tuple)
    if get_origin(kind) is frozenset:
        return st.frozensets(records(get_args(kind)[0]), max_size=4)
    if get_origin(kind) in {dict, Mapping}:
        return st.dictionaries(*map(records, get_args(kind)), max_size=4)
    if isinstance(kind, type) and is_dataclass(kind):
        parts = {name: records(each) for name, each in get_type_hints(kind).items() if name != "schema_version"}
        return st.builds(kind, **parts)
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    raise TypeError(f"no strategy for {kind}")
