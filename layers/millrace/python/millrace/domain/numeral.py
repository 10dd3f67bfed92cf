"""Numbers as people write them: thousands parted, amounts of money, percentages, a minus in other places.

Thousands are parted by the mark that is not the decimal one, by a blank of any width or by an apostrophe, in threes
(1,234,567; with a decimal point also 12,34,567, as in India), the same throughout. One sign, before or after the
number or its currency, or brackets for a minus. `%` divides by 100.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from millrace.domain.notation import DecimalMark

LONGEST = 64  # characters; a plain number may be longer
_SIGNS = {
    "$": ("US$", "USD"),
    "€": ("EUR",),
    "£": ("GBP",),
    "¥": ("JPY", "￥"),
    "CNY": ("RMB", "元"),
    "₹": ("INR", "Rs", "Rs."),
    "₩": ("KRW",),
    "₽": ("RUB",),
    "₺": ("TRY", "TL"),
    "₴": ("UAH",),
    "₦": ("NGN",),
    "₫": ("VND",),
    "₪": ("ILS",),
    "₱": ("PHP",),
    "฿": ("THB",),
    "R$": ("BRL",),
    "zł": ("PLN",),
    "Kč": ("CZK",),
    "Ft": ("HUF",),
    "CHF": ("Fr.",),
}
_CODES = (
    *("AED", "ARS", "AUD", "BDT", "BGN", "CAD", "CLP", "COP", "DKK", "EGP", "GEL", "HKD", "IDR", "ISK", "KES", "KZT"),
    *("kr", "LKR", "MAD", "MXN", "MYR", "NOK", "NZD", "PEN", "PKR", "QAR", "RON", "RSD", "SAR", "SEK", "SGD", "TWD"),
    *("UYU", "ZAR"),
)
# Every way to write a currency, in lower case, and the one by which a column keeps it.
CURRENCIES = {code.lower(): code for code in _CODES} | {
    each.lower(): sign for sign, others in _SIGNS.items() for each in (sign, *others)
}
# True of every number and cheap to see: most texts that are none need no more.
SHAPE = re.compile(r"\D{0,12}\d[\d.,'\u2019\s]*(?:e\D?\d+)?\D{0,12}", re.IGNORECASE)
_MINUS = str.maketrans(dict.fromkeys("\u2212\u2012\u2013\ufe63\uff0d", "-"))
_BLANKS = re.compile(r"\s{2,}")


def _pattern(decimal: DecimalMark) -> re.Pattern[str]:
    other = "," if decimal is DecimalMark.POINT else "."
    threes = rf"[1-9][0-9]{{0,2}}(?P<by>[{other}\s'\u2019])[0-9]{{3}}(?:(?P=by)[0-9]{{3}})*"
    indian = r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}"
    whole = f"{threes}|{indian}|[0-9]*" if decimal is DecimalMark.POINT else f"{threes}|[0-9]*"
    number = rf"(?P<whole>{whole})(?:[{decimal.sign}](?P<part>[0-9]*))?(?P<power>e[+-]?[0-9]+)?"
    money = "|".join(map(re.escape, sorted(CURRENCIES, key=len, reverse=True)))
    return re.compile(
        rf"(?P<open>\()?\s?(?P<a>[+-])?\s?(?P<before>{money})?\s?(?P<b>[+-])?\s?{number}"
        rf"\s?(?P<c>-)?\s?(?:(?P<percent>%)|(?P<after>{money}))?\s?(?P<d>-)?\s?(?P<close>\))?",
        re.IGNORECASE,
    )


_PATTERNS = {decimal: _pattern(decimal) for decimal in DecimalMark}


@dataclass(frozen=True, slots=True)
class Numeral:
    """A written number's value, the sign of its currency, and whether it was a percentage."""

    value: float
    currency: str | None = None
    percent: bool = False


def plain(text: str) -> float:
    """Python's float syntax without '_'; finite. Raises ValueError."""
    number = float(text)
    if "_" in text or not math.isfinite(number):
        raise ValueError("neither '_' nor an infinity is taken")
    return number + 0.0  # minus nought is nought: the two are equal and must not be told apart by a hash


def read(text: str, decimal: DecimalMark) -> Numeral:
    """The number that `text` says under this decimal mark: exactly the float of its plain digits. Raises ValueError."""
    if len(text) > LONGEST or SHAPE.fullmatch(text) is None:
        raise ValueError("not a written number")
    found = _PATTERNS[decimal].fullmatch(_BLANKS.sub(" ", text.translate(_MINUS)))
    if found is None:
        raise ValueError("not a written number")
    signs = "".join(filter(None, found.group("a", "b", "c", "d")))
    bracketed = found["open"] is not None
    currencies = {CURRENCIES[sign.lower()] for sign in found.group("before", "after") if sign}
    percent = found["percent"] is not None
    if len(signs) + bracketed > 1 or bracketed is not (found["close"] is not None) or len(currencies) + percent > 1:
        raise ValueError("two signs, half a pair of brackets, or two units")
    if percent and found["power"]:
        raise ValueError("a power of ten and a percentage")
    digits = re.sub("[^0-9]", "", found["whole"])
    power = "e-2" if percent else found["power"] or ""
    minus = "-" if bracketed or signs == "-" else ""
    return Numeral(plain(f"{minus}{digits}.{found['part'] or ''}{power}"), next(iter(currencies), None), percent)
