from __future__ import annotations

from millrace.data import labels
from millrace.domain.spec import Spec, Task
from tests.admitted import admitted


def test_classes_below_a_thousand_examples_are_named_rarest_first() -> None:
    answers = ["a"] * 999 + ["b"] * 1000 + ["c"] * 3
    (warning,) = labels.find(admitted({"x": [*range(len(answers))], "answer": answers}))
    assert warning.code == "few_labels"
    assert warning.says == "2 classes with fewer than 1000 labelled examples: 'c' (3), 'a' (999)"
    assert warning.columns == ("answer",)


def test_many_rare_classes_are_told_in_one_line() -> None:
    answers = [f"k{number:02}" for number in range(12)] * 2
    (warning,) = labels.find(admitted({"x": [*range(len(answers))], "answer": answers}))
    assert warning.says.endswith("'k04' (2) and 7 more")


def test_enough_examples_and_numbers_are_not_warned_of() -> None:
    assert labels.find(admitted({"x": [*range(2000)], "answer": ["a", "b"] * 1000})) == ()
    few = {"x": [*range(30)], "answer": [number * 1.5 for number in range(30)]}
    assert labels.find(admitted(few, Spec(task=Task.REGRESSION))) == ()
