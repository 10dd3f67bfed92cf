from __future__ import annotations

import numpy as np
import pytest

from millrace.data import duplicates
from millrace.domain.spec import Spec
from tests.admitted import admitted


def found(columns: dict[str, list[object]]) -> dict[str, str]:
    return {warning.code: warning.says for warning in duplicates.find(admitted(columns, Spec(target="answer")))}


def rows(extra: list[tuple[object, object, object]]) -> dict[str, list[object]]:
    """A hundred different rows, then some more."""
    made: list[tuple[object, object, object]] = [
        (f"{number}.25", f"city {number % 7}", "yes" if number % 2 else "no") for number in range(100)
    ]
    size, city, answer = zip(*made, *extra, strict=True)
    return {"size": list(size), "city": list(city), "answer": list(answer)}


def test_different_rows_are_not_warned_of() -> None:
    assert found(rows([])) == {}


def test_rows_that_repeat_others_are_counted_once_each() -> None:
    again: tuple[object, object, object] = ("3.25", "city 3", "yes")
    assert found(rows([again, again])) == {"duplicate_rows": "2 of 102 rows repeat an earlier one"}


@pytest.mark.parametrize(
    "near",
    [
        ("3.250", " city 3", "yes"),  # the same values
        ("3.25", "City 3", "yes"),
        ("3.25", "city  3", "yes"),
        ("3.2500001", "city 3", "yes"),
    ],
)
def test_rows_that_differ_in_writing_only(near: tuple[object, object, object]) -> None:
    code = "duplicate_rows" if near[1] == " city 3" else "near_duplicate_rows"
    assert list(found(rows([near]))) == [code]


@pytest.mark.parametrize("other", [("3.26", "city 3", "yes"), (None, "city 3", "yes"), ("3.25", None, "yes")])
def test_rows_that_differ(other: tuple[object, object, object]) -> None:
    assert found(rows([other])) == {}


def test_rows_whose_answers_contradict() -> None:
    said = found(rows([("3.25", "city 3", "no"), ("5.25", "CITY 5", "no")]))
    assert said == {"contradicting_rows": "4 of 102 rows have the features of another row and another answer"}


def test_numbers_may_differ_for_the_same_features() -> None:
    columns: dict[str, list[object]] = {"x": [1, 2] * 30, "answer": [number * 1.5 for number in range(60)]}
    assert found(columns) == {}


def test_rounding_is_to_four_digits_and_leaves_whole_numbers() -> None:
    values = np.array([0.0, 123456.0, 3.14159, -0.000123456, 1e300, np.nan])
    expected = np.array([0.0, 123456.0, 3.142, -0.0001235, 1e300, np.nan])
    np.testing.assert_allclose(duplicates.rounded(values), expected, rtol=1e-9)
