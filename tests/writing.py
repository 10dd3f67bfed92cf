"""Numbers and dates written as people write them, for properties: what is written, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import strategies as st

from millrace.domain.notation import DateOrder, DecimalMark

BLANKS = (" ", "\u00a0", "\u202f", "\u2009")
MINUS = ("-", "\u2212", "\u2013")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


@dataclass(frozen=True)
class Writing:
    """A text, and the plain one that Python reads as the same."""

    text: str
    plain: str


def thousands(digits: str, by: str) -> str:
    """Digits in threes, from the right; those after a leading nought are never parted."""
    if digits.startswith("0") or not by:
        return digits
    first = len(digits) % 3 or 3
    return by.join([digits[:first], *(digits[i : i + 3] for i in range(first, len(digits), 3))])


@st.composite
def amounts(draw: st.DrawFn, decimal: DecimalMark, currency: str | None = None) -> Writing:
    """A number with perhaps parted thousands, a fraction, a unit and a sign anywhere it may stand."""
    digits = str(draw(st.integers(0, 10**12)))
    part = draw(st.text("0123456789", max_size=6))
    by = draw(st.sampled_from(["", "," if decimal is DecimalMark.POINT else ".", "'", "\u2019", *BLANKS]))
    body = thousands(digits, by) + (decimal.sign + part if part else "")
    gap = draw(st.sampled_from(["", *BLANKS]))
    unit = draw(st.sampled_from(["", "%", currency or ""]))
    before = unit not in {"", "%"} and draw(st.booleans())
    if before:
        body = unit + gap + body
    elif unit:
        body = body + gap + unit
    minus = draw(st.sampled_from(["", "before", "after", "brackets"]))
    sign = draw(st.sampled_from(MINUS))
    text = {"": body, "before": sign + body, "after": body + sign, "brackets": f"({body})"}[minus]
    return Writing(text, f"{'-' if minus else ''}{digits}.{part or '0'}{'e-2' if unit == '%' else ''}")


@dataclass(frozen=True)
class Dated:
    """A text, and the moment it says."""

    text: str
    moment: datetime


@st.composite
def moments(draw: st.DrawFn, order: DateOrder) -> Dated:
    """A date in any form that says its month by name, begins with the year, or has this order."""
    day = draw(st.dates(datetime(1970, 1, 1, tzinfo=UTC).date(), datetime(2068, 12, 31, tzinfo=UTC).date()))
    name = MONTHS[day.month - 1]
    year = draw(st.sampled_from([f"{day.year}", f"{day.year % 100:02}"]))
    by = draw(st.sampled_from("/.-"))
    first, second = (day.day, day.month) if order is DateOrder.DAY else (day.month, day.day)
    width = draw(st.sampled_from(["", "02"]))
    date = draw(
        st.sampled_from(
            [
                day.isoformat(),
                f"{day.year}{by}{day.month:{width}}{by}{day.day:{width}}",
                f"{first:{width}}{by}{second:{width}}{by}{year}",
                f"{day.day}-{name[:3]}-{year}",
                f"{day.day:{width}} {name} {year}",
                f"{day.day:02}{name[:3].upper()}{day.year}",
                f"{name} {day.day}, {year}",
                f"{day:%a}, {day.day} {name[:3]} {day.year}",
            ]
        )
    )
    hour, minute, second = draw(st.integers(0, 23)), draw(st.integers(0, 59)), draw(st.integers(0, 59))
    half = "am" if hour < 12 else "pm"
    text, said = draw(
        st.sampled_from(
            [
                ("", (0, 0, 0)),
                (f" {hour:02}:{minute:02}", (hour, minute, 0)),
                (f", {hour:02}:{minute:02}:{second:02}", (hour, minute, second)),
                (f" {hour % 12 or 12}:{minute:02} {half}", (hour, minute, 0)),
                (f" {hour % 12 or 12}:{minute:02}:{second:02}\u202f{half.upper()}", (hour, minute, second)),
            ]
        )
    )
    return Dated(date + text, datetime(day.year, day.month, day.day, *said, tzinfo=UTC))
