from __future__ import annotations

import math

import pytest

from millrace.domain.labelled_row import CLIP, answer, columns, data_row, scored
from millrace.domain.notation import DecimalMark
from millrace.domain.schema import Column, Kind, Schema
from millrace.domain.sketch import Scored
from millrace.domain.spec import Task
from millrace.evaluation import metrics
from tests import samples

AGE = (Column("age", Kind.NUMBER),)


def of(*classes: str) -> Schema:
    return Schema(AGE, "y", Task.BINARY if len(classes) == 2 else Task.MULTICLASS, classes)


@pytest.mark.parametrize(
    ("classes", "value", "meant"),
    [
        (("bad", "good"), "good", "good"),
        (("bad", "good"), " good ", "good"),
        (("bad", "good"), "Good", None),
        (("bad", "good"), True, None),
        (("bad", "good"), 1, None),
        (("No", "Yes"), "yes", "Yes"),
        (("No", "Yes"), True, "Yes"),
        (("No", "Yes"), False, "No"),
        (("No", "Yes"), 0, "No"),
        (("No", "Yes"), "on", "Yes"),
        (("No", "Yes"), "unknown", None),
        (("No", "Yes"), 2, None),
        (("0", "1"), 1, "1"),
        (("0", "1"), "1.0", "1"),
        (("0", "1"), True, "1"),
        (("0", "1"), "no", "0"),
        (("1", "2", "3"), 2.0, "2"),
        (("1", "2", "3"), "02", "2"),
        (("1", "2", "3"), "2", "2"),
        (("1", "2", "3"), 4, None),
        (("1", "2", "3"), True, None),
        (("0.5", "1.5"), "1.50", "1.5"),
        (("-1000", "1000"), "1,000", "1000"),
        (("75001", "Rome", "Oslo"), 75_001, "75001"),
        (("f", "t", "x"), True, None),
    ],
)
def test_truth_is_spelled_as_the_class_that_it_meant_in_training(
    classes: tuple[str, ...], value: object, meant: str | None
) -> None:
    assert answer(of(*classes), value) == meant


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        *((1, 1.0), (2.5, 2.5), ("2.5", 2.5), ("1,234.50 €", 1234.5), ("12 %", 0.12)),
        *(("", None), ("n/a", None), ("many", None), (True, None)),
    ],
)
def test_truth_of_a_number_is_read_as_numbers_are(value: object, meant: float | None) -> None:
    assert answer(Schema(AGE, "y", Task.REGRESSION), value) == meant


def test_numbers_have_the_decimal_mark_of_the_spec() -> None:
    assert answer(Schema(AGE, "y", Task.REGRESSION), "1,5", DecimalMark.COMMA) == 1.5


def test_the_target_is_the_last_column() -> None:
    assert columns(samples.manifest()) == ("age", "city", "class")
    assert list(data_row({}, samples.manifest(), "good").items())[-1] == ("class", "good")


def test_a_class_that_was_given_no_chance_costs_what_it_costs_in_evaluation() -> None:
    assert CLIP == metrics.CLIP
    said = {"label": "bad", "probabilities": {"bad": 1.0, "good": 0.0}}
    assert scored(said, "good") == Scored(1, 0, -math.log(CLIP))
    assert scored(said, "bad") == Scored(1, 1, 0.0)
    assert scored({"label": "bad"}, "bad") == Scored(1, 1, -math.log(CLIP))
    assert scored({"label": "bad", "probabilities": {"bad": None}}, "good") == Scored(1, 0, -math.log(CLIP))


def test_a_number_s_error() -> None:
    assert scored({"value": 2}, 0.5) == Scored(1, 0, 0.0, 2.25, 1.5)
    assert scored({"value": None}, 0.5) is None
    assert scored({"value": 1e200}, 0.5) is None  # whose square is beyond every number
