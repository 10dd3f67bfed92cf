"""How a written value becomes the typed one that a model takes: one place, so that training and serving can't disagree.

| kind     | text                                                      | missing                            |
|----------|-----------------------------------------------------------|------------------------------------|
| number   | Python's float syntax without '_'; finite                 | blank, na, n/a, nan, none, null    |
| boolean  | true, t, yes, y, 1 and false, f, no, n, 0, in any case    | the same                           |
| date     | ISO 8601 date or date and time; UTC where no zone is said | the same                           |
| category | as it is, without surrounding blanks                      | blank only: "none" may be an answer |

A value that is no text counts as its `written` text, so that a typed file and its CSV agree. One exception: a number
given for a date is what the graph takes, seconds since 1970-01-01T00:00Z.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

from millrace.domain.errors import InvalidInput
from millrace.domain.schema import MISSING_TOKEN, Column, Kind

TRUE_WORDS = frozenset({"true", "t", "yes", "y", "1"})
FALSE_WORDS = frozenset({"false", "f", "no", "n", "0"})
MISSING_WORDS = frozenset({"", "na", "n/a", "nan", "none", "null"})

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXACT = 2.0**53  # whole floats below this are written without a fraction or an exponent
_EXPECTED = {
    Kind.NUMBER: "a finite number such as 12.5",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: "an ISO 8601 date such as 2026-01-31 or 2026-01-31T12:00:00Z",
    Kind.CATEGORY: "text",
}


def spell(column: Column, value: object) -> float | str:
    """The typed value of `value` in `column`: a float, or text for a category; NaN or `column.missing` when missing.

    Numbers are in their own unit, booleans 1 or 0, dates seconds since 1970-01-01T00:00Z. Raises
    InvalidInput(code="unspellable", field=column.name); the message never repeats the value, which may be personal.
    """
    if type(value) is float and column.kind is Kind.NUMBER and math.isfinite(value):
        return value + 0.0  # as _number does
    if column.kind is Kind.DATE and isinstance(value, int | float) and not isinstance(value, bool):
        return _seconds(column, value)
    try:
        text = written(value)
        if column.kind is Kind.CATEGORY:
            return text or (MISSING_TOKEN if column.missing is None else column.missing)
        return math.nan if text.lower() in MISSING_WORDS else _READ[column.kind](text)
    except (ValueError, OverflowError) as error:
        raise _unspellable(column) from error


def spell_all(column: Column, values: Iterable[object]) -> list[float | str]:
    """Spell many values, each distinct text once. Raises as `spell` does."""
    known: dict[str, float | str] = {}
    spelled: list[float | str] = []
    for value in values:
        if not isinstance(value, str):
            spelled.append(spell(column, value))
            continue
        if value not in known:
            known[value] = spell(column, value)
        spelled.append(known[value])
    return spelled


def written(value: object) -> str:
    """The text of a value as a CSV would hold it, without surrounding blanks; blank for None and NaN.

    Raises ValueError for what has no such text: a list, a mapping, bytes that are not UTF-8.
    """
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _written_float(float(value))
    if isinstance(value, Decimal):
        return "" if value.is_nan() else str(value)
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode().strip()
    raise ValueError(f"a {type(value).__name__} is no value of a column")


def _written_float(value: float) -> str:
    if math.isnan(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)


def _number(text: str) -> float:
    number = float(text)
    if "_" in text or not math.isfinite(number):
        raise ValueError("neither '_' nor an infinity is taken")
    return number + 0.0  # minus nought is nought: the two are equal and must not be told apart by a hash


def _boolean(text: str) -> float:
    word = text.lower()
    if word in TRUE_WORDS:
        return 1.0
    if word in FALSE_WORDS:
        return 0.0
    raise ValueError("not a boolean")


def _date(text: str) -> float:
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (moment - _EPOCH).total_seconds()


_READ: dict[Kind, Callable[[str], float]] = {Kind.NUMBER: _number, Kind.BOOLEAN: _boolean, Kind.DATE: _date}


def _seconds(column: Column, value: float) -> float:
    try:
        seconds = float(value)
    except OverflowError as error:
        raise _unspellable(column) from error
    if math.isinf(seconds):
        raise _unspellable(column)
    return seconds


def _unspellable(column: Column) -> InvalidInput:
    expected = _EXPECTED[column.kind]
    return InvalidInput(
        f"a value of column {column.name!r} is not {expected}",
        code="unspellable",
        field=column.name,
        hint=f"send {expected}, or null where it is unknown",
    )
