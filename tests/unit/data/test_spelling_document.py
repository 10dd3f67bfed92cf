"""docs/spelling.md says what is read: its examples are read, and its words are all there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from millrace.domain.notation import DateOrder, DecimalMark
from millrace.domain.numeral import CURRENCIES
from millrace.domain.schema import Column, Kind
from millrace.domain.spelling import ANSWERS, MISSING_WORDS, UNSURE, spell

TEXT = (Path(__file__).parents[3] / "docs/spelling.md").read_text(encoding="utf-8")
COLUMNS = {
    "numbers": Column("x", Kind.NUMBER),
    "numbers in $": Column("x", Kind.NUMBER, currency="$"),
    "numbers with a decimal comma": Column("x", Kind.NUMBER, decimal=DecimalMark.COMMA),
    "numbers with a decimal comma in €": Column("x", Kind.NUMBER, decimal=DecimalMark.COMMA, currency="€"),
    "booleans": Column("x", Kind.BOOLEAN),
    "dates": Column("x", Kind.DATE),
    "dates, day first": Column("x", Kind.DATE, date_order=DateOrder.DAY),
    "dates, month first": Column("x", Kind.DATE, date_order=DateOrder.MONTH),
}
ROWS = re.findall(r"^\| (`.*`) \| (.*) \| (.*) \|$", TEXT, re.MULTILINE)
EXAMPLES = [(text, column, float(value)) for texts, column, value in ROWS for text in re.findall("`([^`]+)`", texts)]


def listed(heading: str) -> str:
    return TEXT.split(f"- **{heading}**")[1].split("- **")[0]


@pytest.mark.parametrize(("text", "column", "value"), EXAMPLES)
def test_examples_are_read_as_said(text: str, column: str, value: float) -> None:
    assert spell(COLUMNS[column], text) == value


def test_each_kind_of_column_has_an_example() -> None:
    assert {column for _, column, _ in EXAMPLES} == set(COLUMNS)


def test_every_word_is_listed() -> None:
    assert re.findall("`([^`]+)`/`([^`]+)`", listed("Booleans")) == list(ANSWERS)
    missing = re.findall("`([^`]+)`", listed("Missing"))
    assert set(missing) - {"none"} == MISSING_WORDS - {"", "none"}
    assert all(missing.count(word) == 2 for word in UNSURE)
    assert {word.lower() for word in re.findall("`([^`]+)`", listed("Currencies"))} == set(CURRENCIES)
