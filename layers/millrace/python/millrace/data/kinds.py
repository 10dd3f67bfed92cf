"""What each column's values are, inferred from all of them; each inference is written down with its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from millrace.data.table import Written
from millrace.domain.errors import InvalidInput
from millrace.domain.schema import MISSING_TOKEN, Column, Kind
from millrace.domain.spelling import FALSE_WORDS, MISSING_WORDS, TRUE_WORDS, spell

NEARLY = 0.8  # share of distinct values that read as another kind, from which the few others look like mistakes
_LEADING_ZERO = re.compile(r"[+-]?0[0-9]")
_AMOUNT = r"[0-9]+(?:[., ][0-9]+)*"
# Spellings of a number or a date that are not read as one: what it would be, how it is written, with an example.
_LOOKS = tuple(
    (kind, re.compile(pattern), said)
    for kind, pattern, said in (
        (Kind.NUMBER, r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", "numbers written as '1,234.50'"),
        (Kind.NUMBER, r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+", "numbers written as '1.234,50'"),
        (Kind.NUMBER, r"[+-]?[0-9]{1,3}(?:[\s'\u2019][0-9]{3})+(?:[.,][0-9]+)?", "numbers written as '1 234.50'"),
        (Kind.NUMBER, r"[+-]?[0-9]+,[0-9]+", "numbers written as '12,5'"),
        (Kind.NUMBER, rf"[+-]?{_AMOUNT}\s?%", "numbers written as '31.2%'"),
        (Kind.NUMBER, rf"[+-]?\s?[$€£¥]\s?[+-]?{_AMOUNT}", "numbers written as '$12.50'"),
        (Kind.NUMBER, rf"[+-]?{_AMOUNT}\s?[$€£¥]", "numbers written as '12.50 €'"),
        (Kind.DATE, r"[0-9]{1,2}([/.-])[0-9]{1,2}\1(?:[0-9]{2}){1,2}(?:[ T].*)?", "dates written as '31/12/2026'"),
        (Kind.DATE, r"[0-9]{4}([/.])[0-9]{1,2}\1[0-9]{1,2}(?:[ T].*)?", "dates written as '2026/12/31'"),
    )
)


@dataclass(frozen=True, slots=True)
class Inferred:
    """A column with the kind that fits all its values, and why.

    `nearly` when few of them stand against another kind, `almost` being the column of that kind; `looks` names a
    spelling that most of them seem to be in.
    """

    column: Column
    why: str
    nearly: bool = False
    looks: str | None = None
    almost: Column | None = None


def column_of(name: str, kind: Kind) -> Column:
    """A column of this kind, with the missing token that the kind needs."""
    return Column(name, kind, MISSING_TOKEN if kind.is_text else None)


def infer(name: str, written: Written) -> Inferred:
    """The first kind of boolean, number, date that reads every value, else category.

    Booleans need both answers in words: a column of 1 and 0 may hold 2 tomorrow, and one of "yes" and "none" is no
    boolean. Digits after a leading zero are codes, such as postal ones, so they stay text.
    """
    values = [text for text in written.texts if text.lower() not in MISSING_WORDS]
    if not values:
        return Inferred(column_of(name, Kind.CATEGORY), "no value says more than that it is missing")
    words = {value.lower() for value in values}
    if words <= TRUE_WORDS | FALSE_WORDS and words & TRUE_WORDS and words & FALSE_WORDS and not words <= {"0", "1"}:
        return Inferred(column_of(name, Kind.BOOLEAN), "each value is a word for true or false")
    numbers = _readable(Kind.NUMBER, values)
    if numbers == len(values):
        if any(_LEADING_ZERO.match(value) for value in values):
            return Inferred(column_of(name, Kind.CATEGORY), "numbers with leading zeros are codes")
        return Inferred(column_of(name, Kind.NUMBER), "each value is a number")
    dates = _readable(Kind.DATE, values)
    if dates == len(values):
        return Inferred(column_of(name, Kind.DATE), "each value is an ISO 8601 date")
    best, count = max((("numbers", numbers), ("dates", dates)), key=lambda pair: pair[1])
    why = f"{count} of its {len(values)} distinct values are {best}" if count else "its values are text"
    looks = _looks(values, {Kind.NUMBER: numbers, Kind.DATE: dates})
    nearly = count >= NEARLY * len(values)
    almost = column_of(name, Kind.NUMBER if best == "numbers" else Kind.DATE) if nearly else None
    return Inferred(column_of(name, Kind.CATEGORY), why, nearly=nearly, looks=looks, almost=almost)


def _looks(values: list[str], read: Mapping[Kind, int]) -> str | None:
    """The spelling in which, beside those that are read, more than half of the values are; the commonest one."""
    found = [
        (sum(pattern.fullmatch(value) is not None for value in values), kind, said) for kind, pattern, said in _LOOKS
    ]
    count, kind, said = max(found, key=lambda each: each[0])
    return said if count and count + read[kind] > len(values) / 2 else None


def _readable(kind: Kind, values: list[str]) -> int:
    column = column_of("", kind)
    return sum(_reads(column, value) for value in values)


def _reads(column: Column, value: str) -> bool:
    try:
        spell(column, value)
    except InvalidInput:
        return False
    return True
