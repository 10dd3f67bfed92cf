"""Dates as people write them, with or without a time of day; UTC where no zone is said.

| form                | such as                                                                           |
|---------------------|-----------------------------------------------------------------------------------|
| ISO 8601            | 2026-12-31, 2026-12-31T14:30:00+01:00                                             |
| year first          | 2026/12/31, 2026.12.31, 2026-1-5                                                  |
| a month by its name | 31-Dec-2026, 31 December 2026, 31DEC2026, December 31st, 2026, Thu, 31 Dec 2026   |
| in an order         | 31/12/2026, 31.12.2026, 31-12-2026 by day first, 12/31/2026 by month first        |
| a time after one    | 14:30, 14:30:05.25, 2:30 pm, 2 p.m., then perhaps Z, UTC, GMT or +01:00           |

Months are English, whole or of three letters. A year of two digits is 1969 to 2068, as POSIX has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

from millrace.domain.notation import DateOrder

LONGEST = 64  # characters
PIVOT = 69  # the least two-digit year that is of the twentieth century
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s)?"
_TIME = (
    r"(?:(?:,?\s|T)(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?)?)?"
    r"(?:\s?(?P<half>[ap])\.?m\.?)?(?:\s?(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}))?)?"
)
_DIGIT = re.compile("[0-9]")
_BLANKS = re.compile(r"\s{2,}")


def _form(day: str) -> re.Pattern[str]:
    return re.compile(day + _TIME, re.IGNORECASE)


_YEAR_FIRST = _form(r"(?P<year>[0-9]{4})(?P<by>[/.-])(?P<month>[0-9]{1,2})(?P=by)(?P<day>[0-9]{1,2})")
_NAMED = (
    _form(rf"{_WEEKDAY}{_DAY}[-/.]?\s?{_NAME}[-/,]?\s?{_YEAR}"),
    _form(rf"{_WEEKDAY}{_NAME}[-/]?\s?{_DAY}(?:[-/]|,?\s){_YEAR}"),
)
_ORDERED = {
    DateOrder.DAY: _form(rf"(?P<day>[0-9]{{1,2}})(?P<by>[/.-])(?P<month>[0-9]{{1,2}})(?P=by){_YEAR}"),
    DateOrder.MONTH: _form(rf"(?P<month>[0-9]{{1,2}})(?P<by>[/.-])(?P<day>[0-9]{{1,2}})(?P=by){_YEAR}"),
}
_FORMS = {None: (_YEAR_FIRST, *_NAMED)} | {order: (_YEAR_FIRST, *_NAMED, _ORDERED[order]) for order in DateOrder}


def read(text: str, order: DateOrder | None) -> datetime:
    """The moment that `text` says, aware of its zone. Without an `order`, a date that needs one is not read.

    Raises ValueError, or OverflowError where the moment is beyond the calendar.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _local(text, _FORMS[order])
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def read_ordered(text: str, order: DateOrder) -> datetime:
    """The moment of a date that needs its order. Raises as `read`, for a date in any other form too."""
    return _local(text, (_ORDERED[order],))


def _local(text: str, forms: Iterable[re.Pattern[str]]) -> datetime:
    if len(text) > LONGEST or _DIGIT.search(text) is None:
        raise ValueError("too long for a date, or without a digit")
    text = _BLANKS.sub(" ", text)
    for form in forms:
        found = form.fullmatch(text)
        if found is not None:
            return _moment({name: part for name, part in found.groupdict().items() if part is not None})
    raise ValueError("not a date")


def _moment(parts: dict[str, str]) -> datetime:
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 1900 if year >= PIVOT else 2000
    month = _MONTHS.index(parts["name"][:3].lower()) + 1 if "name" in parts else int(parts["month"])
    return datetime(
        year,
        month,
        int(parts["day"]),
        _hour(parts),
        int(parts.get("minute", 0)),
        int(parts.get("second", 0)),
        int(parts.get("fraction", "")[:6].ljust(6, "0")),
        tzinfo=_zone(parts.get("zone", "Z")),
    )


def _hour(parts: dict[str, str]) -> int:
    hour = int(parts.get("hour", 0))
    if "half" not in parts:
        if "hour" in parts and "minute" not in parts:
            raise ValueError("an hour alone is no time of day")
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("the clock of am and pm has twelve hours")
    return hour % 12 + (12 if parts["half"].lower() == "p" else 0)


def _zone(text: str) -> timezone:
    if text[0] not in "+-":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-offset if text[0] == "-" else offset)
