"""How a record is written as an item of the registry's table, numbers to the last digit."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from decimal import Decimal, DecimalException
from typing import Any, TypeVar, cast

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer

from millrace.adapters import documents
from millrace.domain.errors import InvalidInput

Record = TypeVar("Record")
Attribute = dict[str, Any]  # one value in DynamoDB's own form, {"S": "text"}
Item = dict[str, Attribute]

_SMALLEST, _GREATEST = 1e-129, 9e125  # what DynamoDB's numbers can hold
_SERIALIZER, _DESERIALIZER = TypeSerializer(), TypeDeserializer()


def key(pk: str, sk: str) -> Item:
    """An item's key."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def pack(record: object, pk: str, sk: str) -> Item:
    """A record as an item under this key, with its schema version.

    Raises ValueError for NaN or infinity, and InvalidInput for an integer beyond 38 digits.
    """
    values = documents.plain(record) | {"schema_version": documents.current_version(type(record))}
    return {name: attribute(value) for name, value in values.items()} | key(pk, sk)


def unpack(kind: type[Record], item: Mapping[str, Any]) -> Record:
    """Read an item back. Raises Corrupt when it is not a `kind`, or when a newer release wrote it."""
    values = {name: _readable(_DESERIALIZER.deserialize(value)) for name, value in item.items()}
    documents.check_version(kind, values.get("schema_version"))
    return documents.load(kind, json.dumps(values).encode())


def attribute(value: object) -> Attribute:
    """One plain value in DynamoDB's form. Raises as `pack`."""
    try:
        return dict(_SERIALIZER.serialize(_writable(value)))
    except DecimalException as error:
        raise InvalidInput("a number has more than 38 digits", code="number_too_long") from error


def _writable(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _writable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_writable(item) for item in value]
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        raise ValueError(f"{value} can't be stored")
    if value == 0 or _SMALLEST < abs(value) < _GREATEST:
        return Decimal(repr(value))  # the shortest text that reads back as the same float
    return struct.pack(">d", value)  # no record holds bytes otherwise


def _readable(value: Any) -> object:
    if isinstance(value, Mapping):
        return {name: _readable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_readable(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Binary):
        return struct.unpack(">d", cast("Any", value).value)[0]
    return value
