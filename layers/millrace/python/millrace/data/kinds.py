"""What each column's values are, inferred from all of them; each inference is written down with its reason."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from millrace.data.notations import Reading, dates, numbers, united
from millrace.data.table import Numbers, Written
from millrace.domain.notation import DecimalMark
from millrace.domain.schema import MISSING_TOKEN, Column, Kind
from millrace.domain.spec import Spec
from millrace.domain.spelling import ANSWERS, FALSE_WORDS, MISSING, TRUE_WORDS
from millrace.domain.warning import Warned

NEARLY = 0.8  # share of distinct values that read as another kind, from which the few others look like mistakes
_LEADING_ZERO = re.compile(r"[+-]?0[0-9]")
_DIGITS = {"0", "1", "0.0", "1.0"}


@dataclass(frozen=True, slots=True)
class Inferred:
    """A column with the kind that fits all its values, how they are written, and why.

    `nearly` when few of them stand against another kind, `almost` being the column of that kind; `looks` says what most
    of them seem to be in spellings that contradict one another; `doubt` says what no value decides, which way it was
    taken, and how to say otherwise.
    """

    column: Column
    why: str
    nearly: bool = False
    looks: str | None = None
    doubt: str | None = None
    almost: Column | None = None

    @property
    def said(self) -> str:
        """The reason with its doubt, for the report's decision."""
        return f"{self.why}; {self.doubt}" if self.doubt else self.why

    @property
    def warned(self) -> tuple[Warned, ...]:
        """What its owner should know: that no value says how the column is to be read."""
        if not self.doubt:
            return ()
        says, do = f"column {self.column.name!r}: {self.doubt}", "see that it was taken as it is meant"
        return (Warned("open_reading", says, do, (self.column.name,)),)


def column_of(name: str, kind: Kind) -> Column:
    """A column of this kind, with the missing token that the kind needs."""
    return Column(name, kind, MISSING_TOKEN if kind.is_text else None)


def infer(name: str, written: Written, spec: Spec | None = None) -> Inferred:
    """The first kind of boolean, number, date that reads every value, else category.

    Booleans need both answers in words, of which two belong together: a column of 1 and 0 may hold 2 tomorrow, and one
    of "yes" and "none" is no boolean. Digits after a leading zero are codes, such as postal ones, so they stay text.
    The spec's `decimal` and `date_order` hold where the values leave it open.
    """
    spec = spec or Spec()
    if isinstance(written, Numbers):
        first = infer(name, written.sample(), spec)
        if first.column == Column(name, Kind.NUMBER):
            return first  # the other texts are as plain as those
    if _are_answers({text.lower() for text in written.texts} - MISSING[Kind.BOOLEAN]):
        return Inferred(column_of(name, Kind.BOOLEAN), "each value is a word for true or false")
    values = [text for text in written.texts if text.lower() not in MISSING[Kind.NUMBER]]
    if not values:
        return Inferred(column_of(name, Kind.CATEGORY), "no value says more than that it is missing")
    plain = _are_plain(values)
    if plain and spec.decimal is not DecimalMark.COMMA:
        return _number(values, Reading(column_of(name, Kind.NUMBER), len(values), "a number"))
    if not plain and spec.date_order is None and _are_iso(values):
        return Inferred(column_of(name, Kind.DATE), "each value is a date")
    number = numbers(name, values, spec.decimal)
    if number.count == len(values):
        return _number(values, number)
    date = dates(name, values, spec.date_order)
    if date.count == len(values):
        return Inferred(date.column, f"each value is {date.says}", doubt=date.doubt)
    best, most = ("numbers", number) if number.count >= date.count else ("dates", date)
    why = f"{most.count} of its {len(values)} distinct values are {best}" if most.count else "its values are text"
    looks = number.looks or date.looks or united(values, NEARLY)
    nearly = most.count >= NEARLY * len(values)
    almost = most.column if nearly else None
    return Inferred(column_of(name, Kind.CATEGORY), why, nearly=nearly, looks=looks, almost=almost)


def _number(values: Sequence[str], reading: Reading) -> Inferred:
    if any(_LEADING_ZERO.match(value) for value in values):
        return Inferred(column_of(reading.column.name, Kind.CATEGORY), "numbers with leading zeros are codes")
    return Inferred(reading.column, f"each value is {reading.says}", doubt=reading.doubt)


def _are_answers(words: set[str]) -> bool:
    paired = any(yes in words and no in words for yes, no in ANSWERS)
    return paired and words <= TRUE_WORDS | FALSE_WORDS and not words <= _DIGITS


def _are_plain(values: Sequence[str]) -> bool:
    try:
        return all(map(math.isfinite, map(float, values))) and not any("_" in value for value in values)
    except ValueError:
        return False


def _are_iso(values: Sequence[str]) -> bool:
    try:
        return all(map(datetime.fromisoformat, values))
    except ValueError:
        return False
