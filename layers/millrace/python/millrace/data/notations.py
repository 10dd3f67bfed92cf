"""How a column's numbers or dates are written: the one reading that fits all of them, or what stands against it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from millrace.domain import moment, numeral
from millrace.domain.notation import DateOrder, DecimalMark
from millrace.domain.numeral import Numeral
from millrace.domain.schema import Column, Kind

Way = TypeVar("Way", DecimalMark, DateOrder)

_ORDER_SHAPE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}")
_UNITED = re.compile(
    r"(?P<number>[-+\u2212]?\s?(?!0\d)\d[\d.,'\u2019\s]*)(?P<unit>[^\W\d_][^\d]{0,15}|\u00b0[^\d]{0,3})"
)
_UNITED_OF = 1_000  # distinct values that tell whether they have a unit as well as more would
_MARK_OPEN = (
    "no value shows whether a comma parts thousands or stands before a fraction; it was taken to part thousands: "
    "set decimal in spec.yaml to comma if it stands before a fraction, or to point if not"
)
_ORDER_OPEN = (
    "no value shows whether its dates begin with the day or with the month; day first was taken: "
    "set date_order in spec.yaml to month or to day, or write dates as 2026-12-31"
)
_UNITS_MIXED = (
    "some values carry a % and some don't; '12 %' was read as 0.12 and 12 as 12: write all of them in one unit"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The best reading of a column's values: how many it takes, and what each of them then is.

    `doubt` and `looks` are as in `kinds.Inferred`.
    """

    column: Column
    count: int
    says: str
    doubt: str | None = None
    looks: str | None = None


def numbers(name: str, values: Sequence[str], wished: DecimalMark | None) -> Reading:
    """Values as numbers, by the decimal mark that fits most of them; by `wished` or a point where both fit as many."""
    hopeful = [numeral.SHAPE.fullmatch(value) is not None for value in values]
    read = {
        mark: [_numeral(value, mark) if hope else None for value, hope in zip(values, hopeful, strict=True)]
        for mark in DecimalMark
    }
    decimal, open_ = _best(read, wished, DecimalMark.POINT)
    found = [each for each in read[decimal] if each is not None]
    currencies = {each.currency for each in found if each.currency}
    if len(currencies) > 1:
        many = "amounts of more than one currency"
        return Reading(Column(name, Kind.NUMBER), 0, many, looks=many if len(found) > len(values) / 2 else None)
    column = Column(name, Kind.NUMBER, decimal=decimal, currency=next(iter(currencies), None))
    mark = ", its decimal mark the comma" if decimal is DecimalMark.COMMA else ""
    unit = f", in {column.currency}" if column.currency else ""
    open_ = open_ and any("," in value for value in values)  # 1.234 alone is what Python's float says
    return Reading(
        column,
        len(found),
        f"a number{mark}{unit}",
        doubt=_MARK_OPEN if open_ else _mixed_units(found),
        looks=_contradiction(read, len(found), "numbers written in two ways, as '1,234.50' and as '1.234,50'"),
    )


def dates(name: str, values: Sequence[str], wished: DateOrder | None) -> Reading:
    """Values as dates, by the order that fits most of them; by `wished` or day first where both fit as many."""
    certain = [_certain(value) for value in values]
    read = {
        order: [found or _ordered(value, order) for value, found in zip(values, certain, strict=True)]
        for order in DateOrder
    }
    order, open_ = _best(read, wished, DateOrder.DAY)
    count = sum(found is not None for found in read[order])
    if count == sum(found is not None for found in certain):
        return Reading(Column(name, Kind.DATE, date_order=wished), count, "a date")
    return Reading(
        Column(name, Kind.DATE, date_order=order),
        count,
        f"a date, {order} first",
        doubt=_ORDER_OPEN if open_ else None,
        looks=_contradiction(read, count, "dates of two orders, day first and month first"),
    )


def united(values: Sequence[str], least: float) -> str | None:
    """What to say where so great a share of the values are numbers of one unit, as `60 min`; they must differ."""
    values = values[:_UNITED_OF]
    found = [match for value in values if len(value) <= numeral.LONGEST and (match := _UNITED.fullmatch(value))]
    read = [(each["unit"].strip().casefold(), each["unit"].strip()) for each in found if _reads(each["number"])]
    counts = Counter(folded for folded, _ in read)
    if not counts:
        return None
    ((unit, count),) = counts.most_common(1)
    if count < 2 or count < least * len(values):
        return None
    return f"numbers of one unit, {next(each for folded, each in read if folded == unit)!r}"


def _reads(text: str) -> bool:
    return any(_numeral(text.strip(), mark) is not None for mark in DecimalMark)


def _best(read: Mapping[Way, Sequence[object]], wished: Way | None, usual: Way) -> tuple[Way, bool]:
    """The way that reads most values, and whether that was left open: both read as many, and not as the same."""
    counts = {way: sum(found is not None for found in read[way]) for way in read}
    if len(set(counts.values())) > 1:
        return max(counts, key=lambda way: counts[way]), False
    one, other = read.values()
    return wished or usual, wished is None and list(one) != list(other)


def _contradiction(read: Mapping[Way, Sequence[object]], count: int, said: str) -> str | None:
    """What to say when most values can be read, but not in one way."""
    either = [any(found is not None for found in ways) for ways in zip(*read.values(), strict=True)]
    return said if count < sum(either) and sum(either) > len(either) / 2 else None


def _mixed_units(found: Sequence[Numeral]) -> str | None:
    shares = sum(each.percent for each in found)
    bare = sum(not each.percent and each.value != 0 for each in found)
    return _UNITS_MIXED if shares and bare else None


def _numeral(text: str, decimal: DecimalMark) -> Numeral | None:
    try:
        return numeral.read(text, decimal)
    except ValueError:
        pass
    try:
        return Numeral(numeral.plain(text)) if decimal is DecimalMark.POINT else None
    except ValueError:
        return None


def _certain(text: str) -> datetime | None:
    try:
        return moment.read(text, None)
    except (ValueError, OverflowError):
        return None


def _ordered(text: str, order: DateOrder) -> datetime | None:
    if _ORDER_SHAPE.match(text) is None:
        return None
    try:
        return moment.read_ordered(text, order)
    except (ValueError, OverflowError):
        return None
