from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millrace.domain.errors import InvalidInput
from millrace.domain.notation import DateOrder, DecimalMark
from millrace.domain.schema import MISSING_TOKEN, Column, Kind
from millrace.domain.spelling import (
    ANSWERS,
    FALSE_WORDS,
    LONGEST_TEXT,
    MISSING_WORDS,
    TRUE_WORDS,
    UNSURE,
    spell,
    spell_all,
    written,
)
from tests.writing import amounts, moments

NUMBER, BOOLEAN, DATE = (Column("x", kind) for kind in (Kind.NUMBER, Kind.BOOLEAN, Kind.DATE))
COMMAS = Column("x", Kind.NUMBER, decimal=DecimalMark.COMMA)
CATEGORY = Column("x", Kind.CATEGORY, MISSING_TOKEN)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.dates(), st.datetimes())


def is_missing(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


@given(FINITE)
def test_a_number_is_itself_and_so_is_its_text(number: float) -> None:
    assert spell(NUMBER, number) == number
    assert spell(NUMBER, f"  {number!r}\t") == number
    assert spell(NUMBER, written(number)) == number


@given(st.integers(-(10**300), 10**300))
def test_an_integer_is_what_its_text_is(number: int) -> None:
    assert spell(NUMBER, number) == spell(NUMBER, str(number)) == float(number)


@given(SCALARS, st.sampled_from([NUMBER, BOOLEAN, CATEGORY]))
def test_a_value_counts_as_its_text(value: object, column: Column) -> None:
    try:
        expected = spell(column, written(value))
    except InvalidInput:
        with pytest.raises(InvalidInput):
            spell(column, value)
        return
    assert spell(column, value) == expected or (is_missing(expected) and is_missing(spell(column, value)))


@given(st.lists(st.one_of(st.sampled_from(["1", "", " 2.5", "nan"]), FINITE, st.none())))
def test_many_are_spelled_as_one_by_one(values: list[object]) -> None:
    assert str(spell_all(NUMBER, values)) == str([spell(NUMBER, value) for value in values])


@pytest.mark.parametrize("word", sorted(MISSING_WORDS))
@pytest.mark.parametrize("column", [NUMBER, COMMAS, DATE, BOOLEAN])
def test_missing_words(word: str, column: Column) -> None:
    if column is BOOLEAN and word in UNSURE:
        with pytest.raises(InvalidInput):
            spell(column, word)
        return
    assert is_missing(spell(column, word))
    assert is_missing(spell(column, f" {word.upper()} "))


@pytest.mark.parametrize("column", [NUMBER, BOOLEAN, DATE])
def test_null_and_nan_are_missing(column: Column) -> None:
    assert is_missing(spell(column, None))
    assert is_missing(spell(column, math.nan))


def test_free_text_is_as_it_is_written_up_to_a_bound() -> None:
    column = Column("x", Kind.TEXT, MISSING_TOKEN)
    assert spell(column, "  The card,\n has NOT come. ") == "The card,\n has NOT come."
    assert spell(column, "none") == "none"
    assert spell(column, 12.0) == "12"
    assert spell(column, " ") == spell(column, None) == MISSING_TOKEN
    assert spell(column, "x" * 1_000_000) == "x" * LONGEST_TEXT
    once = spell(column, "x" * (LONGEST_TEXT - 1) + "  y")
    assert once == spell(column, once) == "x" * (LONGEST_TEXT - 1)


@pytest.mark.parametrize("value", [None, "", "  ", math.nan])
def test_a_missing_category_is_its_token(value: object) -> None:
    assert spell(CATEGORY, value) == MISSING_TOKEN
    assert spell(Column("x", Kind.CATEGORY, "?"), value) == "?"
    assert spell(Column("x", Kind.CATEGORY), value) == MISSING_TOKEN


@pytest.mark.parametrize("word", sorted({"NA", *MISSING_WORDS} - {""}))
def test_a_category_may_be_called_none(word: str) -> None:
    assert spell(CATEGORY, f" {word} ") == word


@pytest.mark.parametrize("words", [(TRUE_WORDS, 1.0), (FALSE_WORDS, 0.0)], ids=["true", "false"])
def test_booleans(words: tuple[frozenset[str], float]) -> None:
    for word in words[0]:
        assert spell(BOOLEAN, word) == spell(BOOLEAN, f" {word.upper()}") == words[1]


@pytest.mark.parametrize(("value", "typed"), [(True, 1.0), (False, 0.0), (1, 1.0), (0.0, 0.0)])
def test_booleans_of_other_types(value: object, typed: float) -> None:
    assert spell(BOOLEAN, value) == typed


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (1, "1"), (1.0, "1"), (-0.0, "0"), (2.5, "2.5"), (1e300, "1e+300"), (Decimal("1.50"), "1.50")],
)
def test_categories_of_other_types(value: object, text: str) -> None:
    assert spell(CATEGORY, value) == text


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7, minutes=-30))])))
def test_a_date_is_its_seconds(moment: datetime) -> None:
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    assert spell(DATE, moment) == spell(DATE, moment.isoformat()) == spell(DATE, f"{moment} ") == expected


@given(st.dates())
def test_a_naive_date_is_utc(day: date) -> None:
    assert spell(DATE, day) == spell(DATE, f"{day.isoformat()}T00:00:00Z") == (day - date(1970, 1, 1)).days * 86400.0


@pytest.mark.parametrize("seconds", [0, -1.5, 1.6e9])
def test_a_number_given_for_a_date_is_its_seconds(seconds: float) -> None:
    assert spell(DATE, seconds) == seconds


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (NUMBER, "abc"),
        (NUMBER, "1_000"),
        (NUMBER, "inf"),
        (NUMBER, "1e999"),
        (NUMBER, -math.inf),
        (NUMBER, 10**400),
        (NUMBER, True),
        (NUMBER, [1]),
        (BOOLEAN, "maybe"),
        (BOOLEAN, 2),
        (DATE, "31.12.2024"),
        (DATE, "2024-02-30"),
        (DATE, True),
        (DATE, math.inf),
        (DATE, 10**400),
        (CATEGORY, {"a": 1}),
        (CATEGORY, b"\xff"),
    ],
)
def test_what_can_not_be_spelled(column: Column, value: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        spell(column, value)
    assert (refused.value.code, refused.value.field) == ("unspellable", "x")
    assert isinstance(value, bool | list | dict | bytes | int) or str(value) not in refused.value.message


ANY_COLUMN = st.builds(
    Column,
    st.just("x"),
    st.sampled_from(Kind),
    st.sampled_from([None, MISSING_TOKEN]),
    st.sampled_from(DecimalMark),
    st.sampled_from([None, *DateOrder]),
    st.sampled_from([None, "$", "€"]),
)
TEXTS = st.one_of(
    st.text(max_size=40),
    st.text("0123456789 .,-+()%$€'eE/:apmZJn\u00a0\u2212", max_size=24),
    st.from_regex(r"[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}( [0-9]{1,2}:[0-9]{2}.{0,6})?", fullmatch=True),
    amounts(DecimalMark.POINT, "$").map(lambda writing: writing.text),
    moments(DateOrder.DAY).map(lambda dated: dated.text),
)
OTHERS = st.one_of(st.decimals(), st.binary(max_size=8), st.lists(st.integers()), st.times(), st.timedeltas())


@given(ANY_COLUMN, st.one_of(SCALARS, TEXTS, OTHERS, st.integers(-(10**5000), 10**5000)))
def test_whatever_is_given_it_is_spelled_or_refused(column: Column, value: object) -> None:
    try:
        spelled = spell(column, value)
    except InvalidInput:
        return
    assert isinstance(spelled, str if column.kind.is_text else float)
    assert isinstance(spelled, str) or not math.isinf(spelled)


@given(ANY_COLUMN, FINITE)
def test_a_number_that_is_no_text_is_itself_whatever_the_column_is_written_in(column: Column, number: float) -> None:
    column = replace(column, kind=Kind.NUMBER)
    assert spell(column, number) == spell(column, Decimal(repr(number))) == number
    assert spell(column, int(number)) == float(int(number))


@given(st.sampled_from([1.234, 1234.567, 0.125, 12.5, -7.0, 1e300]))
def test_an_unambiguous_plain_number_is_read_in_a_column_of_decimal_commas(number: float) -> None:
    expected = 1234.0 if number == 1.234 else number  # thousands are what such a column writes so
    assert spell(COMMAS, repr(number)) == expected


@pytest.mark.parametrize(
    ("column", "value", "typed"),
    [
        (NUMBER, "1,234.50", 1234.5),
        (COMMAS, "1.234,50", 1234.5),
        (COMMAS, 1.234, 1.234),
        (NUMBER, "(12 %)", -0.12),
        (Column("x", Kind.NUMBER, currency="€"), "5 EUR", 5.0),
        (Column("x", Kind.NUMBER, currency="€"), "5", 5.0),
        (NUMBER, "$5", 5.0),
        (DATE, "2 Jan 1970", 86400.0),
        (Column("x", Kind.DATE, date_order=DateOrder.DAY), "02/01/1970", 86400.0),
        (Column("x", Kind.DATE, date_order=DateOrder.MONTH), "01/02/1970", 86400.0),
        (Column("x", Kind.DATE, date_order=DateOrder.MONTH), "1970-01-02", 86400.0),
    ],
)
def test_a_column_is_read_as_its_values_were_written(column: Column, value: object, typed: float) -> None:
    assert spell(column, value) == typed


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        (NUMBER, "12,5", "a finite number such as 12.5"),
        (COMMAS, "1,234.5", "a finite number such as 12,5"),
        (Column("x", Kind.NUMBER, currency="€"), "$5", "a finite number such as 12.5 in €"),
        (DATE, "02/01/1970", "a date such as 2026-01-31"),
        (Column("x", Kind.DATE, date_order=DateOrder.DAY), "12/31/2026", "a date such as 31/01/2026"),
        (Column("x", Kind.DATE, date_order=DateOrder.MONTH), "31/12/2026", "a date such as 01/31/2026"),
    ],
)
def test_what_contradicts_a_column_is_refused(column: Column, value: str, expected: str) -> None:
    with pytest.raises(InvalidInput, match=expected):
        spell(column, value)


def test_there_are_ten_spellings_of_a_boolean_and_more() -> None:
    assert len(ANSWERS) >= 10
    assert not TRUE_WORDS & FALSE_WORDS
    assert not (TRUE_WORDS | FALSE_WORDS) & MISSING_WORDS


@pytest.mark.parametrize("written", ["-0", "-0.0", -0.0, 0, "0"])
def test_minus_nought_is_nought(written: object) -> None:
    assert repr(spell(Column("a", Kind.NUMBER), written)) == "0.0"
