"""Records as an older release would have written them, and with what a newer one adds: fields come and go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from millrace.adapters.documents import plain

UNKNOWN = {"from_the_future": "x"}


def required(kind: type[Any]) -> set[str]:
    """The fields that a record of this kind can't be read without."""
    return {field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING}


def older(value: object) -> Any:
    """A record as plain JSON without any field that stands at its default, and with one that nobody knows."""
    if is_dataclass(value):
        stored = {field.name: getattr(value, field.name) for field in fields(value)}
        told = {field.name: older(stored[field.name]) for field in fields(value) if not _is_default(field, stored)}
        return told | UNKNOWN
    if isinstance(value, list | tuple):
        return [older(each) for each in value]
    if isinstance(value, Mapping):
        return {str(name): older(each) for name, each in value.items()}
    return plain(value)


def _is_default(field: Field[Any], stored: Mapping[str, object]) -> bool:
    if field.default is not MISSING:
        return bool(stored[field.name] == field.default)
    return field.default_factory is not MISSING and bool(stored[field.name] == field.default_factory())
