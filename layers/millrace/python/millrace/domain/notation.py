"""How people write numbers and dates where two readings are possible; a column has one, shown by its values."""

from __future__ import annotations

from enum import StrEnum


class DecimalMark(StrEnum):
    """What stands before a number's fraction; the other of the two may then part its thousands."""

    POINT = "point"
    COMMA = "comma"

    @property
    def sign(self) -> str:
        """The character."""
        return "." if self is DecimalMark.POINT else ","


class DateOrder(StrEnum):
    """What a date such as 01/02/2026 begins with."""

    DAY = "day"
    MONTH = "month"
