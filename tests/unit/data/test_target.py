from __future__ import annotations

import pytest

from millrace.data import target
from millrace.domain.errors import Rejected
from millrace.domain.spec import Spec, Task
from tests.rows import written

TEN = list(range(10))


@pytest.mark.parametrize(
    ("columns", "chosen"),
    [
        (["a", "Target", "z"], "Target"),
        (["y", "label", "z"], "label"),
        (["Class", "y"], "Class"),
        (["a", "b"], "b"),
    ],
)
def test_the_column_is_chosen_by_name_else_the_last(columns: list[str], chosen: str) -> None:
    name, decision = target.choose_column(Spec(), columns)
    assert name == chosen
    assert decision is not None
    assert decision.choice == chosen


def test_the_spec_wins() -> None:
    assert target.choose_column(Spec(target="a"), ["a", "label"]) == ("a", None)


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        (["good", "bad"] * 5, Task.BINARY, ("bad", "good")),
        ([True, False] * 5, Task.BINARY, ("false", "true")),
        (["Yes", "No"] * 5, Task.BINARY, ("No", "Yes")),
        (["Yes", "Yes", "yes", "no"] * 5, Task.BINARY, ("no", "Yes")),
        (["Yes", "no"] * 5, Task.BINARY, ("no", "Yes")),
        (["b", "a", "none"] * 5, Task.MULTICLASS, ("a", "b", "none")),
        (["1", "0", "1.0"] * 5, Task.BINARY, ("0", "1")),
        ([10, 9, 2] * 5, Task.MULTICLASS, ("2", "9", "10")),
        ([0.5, 1.5] * 5, Task.REGRESSION, ()),
        (list(range(21)), Task.REGRESSION, ()),
    ],
)
def test_the_task_is_inferred(values: list[object], task: Task, classes: tuple[str, ...]) -> None:
    found = target.find(written({"a": [1] * len(values), "y": values}), Spec())
    assert (found.task, found.classes) == (task, classes)
    assert [decision.what for decision in found.decisions] == ["target", "task"]
    assert all(decision.why for decision in found.decisions)


def test_indices_point_to_the_classes() -> None:
    found = target.find(written({"y": ["b", "a", "b", "a"]}), Spec())
    assert [found.classes[int(i)] for i in found.values] == ["b", "a", "b", "a"]


def test_rows_without_an_answer_are_left_out() -> None:
    found = target.find(written({"y": ["1.5", "NA", "", "2.5"]}), Spec())
    assert found.rows.tolist() == [0, 3]
    assert found.values.tolist() == [1.5, 2.5]
    named = target.find(written({"y": ["none", "", "x", "none", "x"]}), Spec())
    assert named.rows.tolist() == [0, 2, 3, 4]


@pytest.mark.parametrize(
    ("spec", "values", "code"),
    [
        (Spec(target="why"), TEN, "unknown_column"),
        (Spec(), ["1", "1.0", ""], "constant_target"),
        (Spec(), ["", None], "constant_target"),
        (Spec(), ["a", "a", "b"], "rare_class"),
        (Spec(), [f"c{i // 2}" for i in range(600)], "too_many_classes"),
        (Spec(), [f"{i}.5e200" for i in range(30)], "target_out_of_range"),
        (Spec(), [f"{i}.5e-100" for i in range(30)], "target_out_of_range"),
        (Spec(), ["2024-01-31", "2024-02-01"] * 3, "unsupported_target"),
        (Spec(task=Task.REGRESSION), ["a", "b"] * 3, "target_not_number"),
        (Spec(task=Task.BINARY), ["a", "b", "c"] * 3, "wrong_class_count"),
    ],
)
def test_what_can_not_be_predicted(spec: Spec, values: list[object], code: str) -> None:
    with pytest.raises(Rejected) as refused:
        target.find(written({"y": values}), spec)
    assert refused.value.code == code
    assert refused.value.hint


@pytest.mark.parametrize("near", ["outcom", "OUTCOME"])
def test_an_unknown_column_is_answered_with_the_nearest(near: str) -> None:
    with pytest.raises(Rejected) as refused:
        target.find(written({"income": TEN, "outcome": TEN}), Spec(target=near))
    assert refused.value.field == "target"
    assert (refused.value.hint or "").startswith("did you mean 'outcome'? the spec.yaml kept with the dataset")
