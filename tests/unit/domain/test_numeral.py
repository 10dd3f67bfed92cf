"""Numbers as people write them say exactly what their plain digits say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millrace.domain.notation import DecimalMark
from millrace.domain.numeral import CURRENCIES, LONGEST, Numeral, plain, read
from tests.writing import Writing, amounts

POINT, COMMA = DecimalMark.POINT, DecimalMark.COMMA


def reads(text: str, decimal: DecimalMark) -> bool:
    try:
        read(text, decimal)
    except ValueError:
        return False
    return True


@given(amounts(POINT, "€"))
def test_what_is_written_with_a_point_is_read_back(writing: Writing) -> None:
    assert repr(read(writing.text, POINT).value) == repr(float(writing.plain) + 0.0)


@given(amounts(COMMA, "Rs."))
def test_what_is_written_with_a_comma_is_read_back(writing: Writing) -> None:
    assert repr(read(writing.text, COMMA).value) == repr(float(writing.plain) + 0.0)


@given(st.from_regex(r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,2})?", fullmatch=True))
def test_a_plain_number_is_what_python_reads(text: str) -> None:
    assert plain(text) == read(text, POINT).value == float(text)


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1,234.50", POINT, 1234.5),
        ("1.234,50", COMMA, 1234.5),
        ("1 234.50", POINT, 1234.5),
        ("1\u00a0234,5", COMMA, 1234.5),
        ("1\u202f234\u202f567", POINT, 1234567.0),
        ("1'234.50", POINT, 1234.5),
        ("1\u2019234.50", POINT, 1234.5),
        ("12,34,567.89", POINT, 1234567.89),
        ("12,5", COMMA, 12.5),
        ("1,234", COMMA, 1.234),
        ("1,234", POINT, 1234.0),
        ("1.234", COMMA, 1234.0),
        ("1.234", POINT, 1.234),
        ("0,123", COMMA, 0.123),
        (",5", COMMA, 0.5),
        ("12 %", POINT, 0.12),
        ("12,5%", COMMA, 0.125),
        ("-1.5%", POINT, -0.015),
        ("(1,234.50)", POINT, -1234.5),
        ("($5)", POINT, -5.0),
        ("1,234.50-", POINT, -1234.5),
        ("5,00 €-", COMMA, -5.0),
        ("\u22123.5", POINT, -3.5),
        ("-$5", POINT, -5.0),
        ("$-5", POINT, -5.0),
        ("$  1,234.50", POINT, 1234.5),
        ("1,5e3", COMMA, 1500.0),
        ("\u22121e-3", POINT, -0.001),
    ],
)
def test_forms(text: str, decimal: DecimalMark, value: float) -> None:
    assert read(text, decimal).value == value


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        *((f"{sign}5", named) for sign, named in CURRENCIES.items()),
        *((f"5 {sign.upper()}", named) for sign, named in CURRENCIES.items()),
        ("$5.00 USD", "$"),
        ("EUR 5", "€"),
        ("Rs. 5", "₹"),
    ],
)
def test_currencies_stand_before_or_after(text: str, currency: str) -> None:
    assert read(text, POINT) == Numeral(5.0, currency)


@pytest.mark.parametrize("decimal", DecimalMark)
@pytest.mark.parametrize(
    "text",
    [
        *("", ".", ",", "-", "%", "$", "()", "e5", "five", "1_000", "nan", "inf", "1e999"),
        *("1,23.4,5", "1 23", "12 34", "1,234 567", "1'234,567.8", "1..2", "1,,000"),
        *("--5", "-5-", "(-5)", "(5", "5)", "5 % %", "5 % $", "$5 €", "5 KG", "1e3 %", "1 2", "5 $ 5"),
    ],
)
def test_what_is_no_number(text: str, decimal: DecimalMark) -> None:
    assert not reads(text, decimal)


@pytest.mark.parametrize(
    ("text", "decimal"), [("12,5", POINT), ("0,123", POINT), ("1.234,5", POINT), ("12.5", COMMA), ("1,234.5", COMMA)]
)
def test_the_other_mark_is_not_taken(text: str, decimal: DecimalMark) -> None:
    with pytest.raises(ValueError, match="written"):
        read(text, decimal)


def test_a_long_text_is_refused_before_it_is_searched() -> None:
    with pytest.raises(ValueError, match="not a written number"):
        read("(" + " " * LONGEST, POINT)
