"""The one spelling of stored records as JSON, so that a document's digest means something and a bad one is noticed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from millrace.domain import digest
from millrace.domain.errors import Corrupt

Document = TypeVar("Document")
_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}  # building one costs milliseconds


def dump(value: object) -> bytes:
    """Canonical JSON of a domain dataclass: sorted keys, no spaces, UTF-8. Raises ValueError for NaN or infinity."""
    return digest.canonical(plain(value))


def load(kind: type[Document], content: bytes) -> Document:
    """Read JSON back as a `kind`, strictly: no text becomes a number. Unknown fields are ignored.

    Raises Corrupt when it is not one, naming the first field at fault, or when a newer release wrote it.
    """
    try:
        record = json.loads(content)
    except ValueError as error:
        raise Corrupt(f"what is stored is not a {kind.__name__}: it is not JSON") from error
    if isinstance(record, dict):
        check_version(kind, record.get("schema_version", 1))
    try:
        loaded: Document = _adapter(kind).validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or None
        raise Corrupt(f"what is stored is not a {kind.__name__}: {first['msg']}", field=field) from error
    return loaded


def plain(value: object) -> Any:
    """The same as dicts, lists and scalars, with sets in order so that equal values are spelled equally."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(str(item) for item in value)
    return str(value) if isinstance(value, str) else value  # an enum's plain text


def check_version(kind: type[object], found: object) -> None:
    """Raise Corrupt when a record of this kind carries a schema version that this release does not know."""
    known = current_version(kind)
    if not isinstance(found, int) or not 1 <= found <= known:
        raise Corrupt(
            f"this {kind.__name__} has schema version {found!r}; this release reads up to {known}",
            code="newer_record",
            field="schema_version",
            hint="a newer Millrace wrote it: upgrade this one",
        )


def current_version(kind: type[object]) -> int:
    """The schema version this release writes: the field's default, or 1 for a kind that has no such field."""
    if is_dataclass(kind):
        for field in fields(kind):
            if field.name == "schema_version" and isinstance(field.default, int):
                return field.default
    return 1


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]
