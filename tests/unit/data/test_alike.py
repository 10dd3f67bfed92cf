from __future__ import annotations

import pytest

from millrace.data import alike
from millrace.domain.spec import Spec
from millrace.domain.warning import Warned
from tests.admitted import admitted


def found(city: list[object], answer: list[object] | None = None) -> list[Warned]:
    rows: dict[str, list[object]] = {
        "city": city * 10,
        "size": [*range(10 * len(city))],
        "answer": (answer or ["a", "b"] * (len(city) // 2)) * 10,
    }
    return list(alike.find(admitted(rows, Spec(target="answer"))))


def test_what_differs_in_letters_is_not_warned_of() -> None:
    assert found(["Köln", "Koln", "Paris", "Lima", "Köln-Deutz", None]) == []


@pytest.mark.parametrize("other", ["paris", "PARIS", "Pa ris", "Par\u00a0is", "pari s"])
def test_capitals_and_spaces_are_told_with_the_column_and_no_value(other: str) -> None:
    (warned,) = found(["Paris", other, "Lima", "Köln"])
    assert (warned.code, warned.columns) == ("alike_categories", ("city",))
    assert warned.says == "column 'city' has 2 categories that differ from another only in capitals or spaces"


@pytest.mark.parametrize("other", [" Paris", "Paris ", "Paris\u00a0"])
def test_spaces_around_a_value_are_no_part_of_it(other: str) -> None:
    assert found(["Paris", other, "Lima", "Köln"]) == []


def test_every_one_that_has_a_twin_is_counted() -> None:
    (warned,) = found(["Paris", "paris", "PARIS", "Lima", "lima", "Köln"])
    assert "5 categories" in warned.says


def test_of_classes_two_are_named() -> None:
    (warned,) = found(["Paris", "Lima", "Köln", "Bonn"], ["good", "Good", "bad", "worse"])
    assert warned.columns == ("answer",)
    assert warned.says == "classes of 'answer' differ only in capitals or spaces, such as 'Good' and 'good'"


def test_numbers_dates_and_missing_ones_are_no_categories() -> None:
    assert found(["1", " 1", "2", None]) == []
    assert found([None, "", "Paris", "Lima"]) == []
