"""How a written value becomes the typed one that a model takes: one place, so that training and serving can't disagree.

| kind     | text                                                                          | missing                  |
|----------|-------------------------------------------------------------------------------|--------------------------|
| number   | Python's float syntax without '_', finite; or as people write it: `numeral`   | `MISSING_WORDS`          |
| boolean  | the pairs of `ANSWERS`, in any case                                           | the same, less `UNSURE`  |
| date     | ISO 8601, or as people write it: `moment`; UTC where no zone is said          | `MISSING_WORDS`          |
| category | as it is, without surrounding blanks                                          | blank only               |
| text     | the same, of which the first `LONGEST_TEXT` characters are read               | blank only               |

`UNSURE` words may be a third answer beside yes and no. In a category any word may be an answer: "none", or NA, which
is Namibia.

What its text showed in training is the column's: the decimal mark, the order of day and month, the currency. A text
that can be meant in no other way is read too: an ISO date, and a plain number such as 1234.5 in a column of decimal
commas, where 1.234 means a thousand and more. A currency that isn't the column's is refused.

A value that is no text counts as its `written` text, so that a typed file and its CSV agree, but no decimal mark
applies to it: the JSON number 1.234 is itself. One exception: a number given for a date is what the graph takes,
seconds since 1970-01-01T00:00Z.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

from millrace.domain import moment, numeral
from millrace.domain.errors import InvalidInput
from millrace.domain.notation import DateOrder, DecimalMark
from millrace.domain.numeral import plain
from millrace.domain.schema import MISSING_TOKEN, Column, Kind

ANSWERS = (
    *(("true", "false"), ("t", "f"), ("yes", "no"), ("y", "n"), ("1", "0"), ("1.0", "0.0"), ("on", "off")),
    *(("enabled", "disabled"), ("checked", "unchecked"), ("ja", "nein"), ("oui", "non"), ("sí", "no"), ("si", "no")),
    *(("\u2713", "\u2717"), ("\u2714", "\u2718")),
)
TRUE_WORDS = frozenset(yes for yes, _ in ANSWERS)
FALSE_WORDS = frozenset(no for _, no in ANSWERS)

UNSURE = frozenset({"unknown", "?"})
MISSING_WORDS = UNSURE | {
    *("", "na", "n/a", "n.a.", "nan", "nat", "nil", "none", "null", "<na>", "missing"),
    *("#n/a", "#na", "#null!", "#div/0!", "#num!", "#ref!", "#value!"),  # what a spreadsheet leaves
    *(".", "-", "--", "---", "\u2212", "\u2013", "\u2014"),
}
MISSING = {
    Kind.NUMBER: MISSING_WORDS,
    Kind.DATE: MISSING_WORDS,
    Kind.BOOLEAN: MISSING_WORDS - UNSURE,
    Kind.CATEGORY: frozenset({""}),
    Kind.TEXT: frozenset({""}),
}

LONGEST_TEXT = 32_768  # characters of a free text; what memory an answer takes is bounded by them
_TEXT = (str, bytes)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXACT = 2.0**53  # whole floats below this are written without a fraction or an exponent


def spell(column: Column, value: object) -> float | str:
    """The typed value of `value` in `column`: a float, or text; NaN or `column.missing` when missing.

    Numbers are in their own unit, booleans 1 or 0, dates seconds since 1970-01-01T00:00Z. Raises
    InvalidInput(code="unspellable", field=column.name); the message never repeats the value, which may be personal.
    """
    if type(value) is float and column.kind is Kind.NUMBER and math.isfinite(value):
        return value + 0.0  # as _number does
    if column.kind is Kind.DATE and isinstance(value, int | float) and not isinstance(value, bool):
        return _seconds(column, value)
    try:
        if type(value) is int and column.kind is Kind.NUMBER:
            return float(value)
        text = written(value)
        if column.kind.is_text:
            text = text[:LONGEST_TEXT].rstrip() if column.kind is Kind.TEXT else text
            return text or (MISSING_TOKEN if column.missing is None else column.missing)
        return _READ[column.kind](column, text, value) if text else math.nan
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


def _number(column: Column, text: str, value: object) -> float:
    decimal = column.decimal if isinstance(value, _TEXT) else DecimalMark.POINT
    if decimal is DecimalMark.POINT:
        try:
            return plain(text)
        except ValueError:
            pass  # it may be missing, or written otherwise
    if text.lower() in MISSING_WORDS:
        return math.nan
    try:
        found = numeral.read(text, decimal)
    except ValueError:
        if decimal is DecimalMark.POINT:
            raise
        return plain(text)
    if found.currency and column.currency and found.currency != column.currency:
        raise ValueError("another currency")
    return found.value


def _boolean(column: Column, text: str, value: object) -> float:  # noqa: ARG001  # as its row of the table is called
    word = text.lower()
    if word in TRUE_WORDS:
        return 1.0
    if word in FALSE_WORDS:
        return 0.0
    if word in MISSING[Kind.BOOLEAN]:
        return math.nan
    raise ValueError("not a boolean")


def _date(column: Column, text: str, value: object) -> float:  # noqa: ARG001  # as its row of the table is called
    if text.lower() in MISSING_WORDS:
        return math.nan
    return (moment.read(text, column.date_order) - _EPOCH).total_seconds()


_READ: dict[Kind, Callable[[Column, str, object], float]] = {
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
}


def _seconds(column: Column, value: float) -> float:
    try:
        seconds = float(value)
    except OverflowError as error:
        raise _unspellable(column) from error
    if math.isinf(seconds):
        raise _unspellable(column)
    return seconds


def _unspellable(column: Column) -> InvalidInput:
    expected = _expected(column)
    return InvalidInput(
        f"a value of column {column.name!r} is not {expected}",
        code="unspellable",
        field=column.name,
        hint=f"send {expected}, or null where it is unknown",
    )


def _expected(column: Column) -> str:
    if column.kind is Kind.NUMBER:
        unit = f" in {column.currency}" if column.currency else ""
        return f"a finite number such as 12{column.decimal.sign}5{unit}"
    if column.kind is Kind.DATE:
        return _DATES[column.date_order]
    return "true or false" if column.kind is Kind.BOOLEAN else "text"


_DATES = {
    None: "a date such as 2026-01-31, 2026-01-31T12:00:00Z or 31 Jan 2026",
    DateOrder.DAY: "a date such as 31/01/2026 or 2026-01-31",
    DateOrder.MONTH: "a date such as 01/31/2026 or 2026-01-31",
}
