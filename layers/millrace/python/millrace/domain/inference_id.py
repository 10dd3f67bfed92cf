"""Ids of inferences: UUIDs of version 7 (RFC 9562), whose first 48 bits are the time, so that an id says its hour."""

from __future__ import annotations

import re
from datetime import UTC, datetime

RANDOM_BYTES = 10
HOUR = re.compile(r"\d{4}-\d\d-\d\dT\d\d")  # a partition's name: an hour of UTC
_ID = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?:\.(0|[1-9][0-9]{0,6}))?")


def make(milliseconds: int, random: bytes) -> str:
    """The id of a call at this Unix time in milliseconds, with 10 random bytes of which 74 bits are used."""
    value = milliseconds << 80 | int.from_bytes(random[:RANDOM_BYTES], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def of_row(call: str, row: int, rows: int) -> str:
    """The id of one row of a call: the call's own where it has one row, else with a dot and the row's number from 0."""
    return call if rows == 1 else f"{call}.{row}"


def is_id(text: str) -> bool:
    """Whether this is the id of a row, as `of_row` writes it."""
    return _ID.fullmatch(text) is not None


def time_of(text: str) -> str:
    """When the call was answered, ISO 8601 in UTC with milliseconds. Raises ValueError for what is no id."""
    match = _ID.fullmatch(text)
    if match is None:
        raise ValueError("this is no inference id")
    seconds, milliseconds = divmod(int(match[1] + match[2], 16), 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03}Z"


def hour_of(text: str) -> str:
    """The hour of UTC in which the call was answered, as `2026-11-24T20`. Raises ValueError for what is no id."""
    return time_of(text)[: len("2026-11-24T20")]
