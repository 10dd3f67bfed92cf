from __future__ import annotations

import numpy as np
import pytest

from millrace.domain.errors import Corrupt
from millrace.domain.report import WorstRow
from millrace.domain.spec import Task
from millrace.learning import parity
from millrace.learning.blend import Blend
from millrace.learning.export import export
from millrace.learning.linear import LinearTrainer, Weights
from millrace.learning.trainer import Floats
from tests import lessons
from tests.lessons import Asked
from tests.rows import schema, typed


def fitted(task: Task) -> Blend:
    return lessons.fit(LinearTrainer(), Asked(*typed(150, task), schema(task)))


@pytest.mark.parametrize("task", list(Task))
def test_another_pipeline_is_told_apart(task: Task) -> None:
    """One coefficient is a little off."""
    pipeline = fitted(task)
    table, _ = typed(100, task)
    core = pipeline.members[0].core
    assert isinstance(core, Weights)
    model = export(pipeline, schema(task))
    assert parity.check(model, pipeline, table, schema(task)).max_difference < 1e-6
    core.coefficients[0, 0] += 0.01
    found = parity.check(model, pipeline, table, schema(task))
    assert found.max_difference > found.tolerance == 1e-4
    assert found.rows == 100


@pytest.mark.parametrize("task", list(Task))
def test_rows_go_by_parts_and_come_back_whole(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = fitted(task)
    table, _ = typed(100, task)
    model = export(pipeline, schema(task))
    whole, expected = parity.run(model, table, schema(task)), pipeline.predict(table)
    monkeypatch.setattr(parity, "PART", 33)
    monkeypatch.setattr("millrace.learning.blend.PART", 7)
    answered = parity.run(model, table, schema(task))
    np.testing.assert_allclose(answered.values, whole.values, rtol=1e-6)
    assert answered.labels.tolist() == whole.labels.tolist()
    np.testing.assert_allclose(pipeline.predict(table), expected, rtol=1e-12)
    assert len(parity.run(model, table.take(np.empty(0, dtype=np.int64)), schema(task)).values) == 0


def test_a_difference_of_numbers_is_in_units_of_their_deviation() -> None:
    answered = parity.Answered(np.array([[10.0], [21.0]]), np.empty(0, dtype=object))
    found = parity.compare(np.array([[10.0], [20.0]]), answered, schema(Task.REGRESSION), unit=100.0)
    assert found.max_difference == pytest.approx(0.01)


def test_flips_are_counted() -> None:
    expected = np.array([[0.5, 0.5], [0.9, 0.1], [0.2, 0.8]])
    answered = parity.Answered(expected, np.array(["yes", "no", "yes"], dtype=object))
    assert parity.compare(expected, answered, schema(Task.BINARY), 1.0).flips == 1


def labelled(values: Floats, *labels: str) -> parity.Answered:
    return parity.Answered(values, np.array(labels, dtype=object))


def test_a_flip_at_a_tie_is_told_from_one_that_rounding_does_not_explain() -> None:
    near, far = 0.5 + 0.9e-5, 0.5 + 1.1e-5
    expected = np.array([[near, 1 - near], [far, 1 - far], [1 - far, far], [0.9, 0.1]])
    found = parity.compare(expected, labelled(expected, "yes", "yes", "no", "no"), schema(Task.BINARY), 1.0)
    assert (found.flips, found.flips_far, found.holds) == (3, 2, False)
    tie = np.array([[0.4, 0.4 - 1e-6, 0.2 + 1e-6]] * 3)
    found = parity.compare(tie, labelled(tie, "a", "b", "c"), schema(Task.MULTICLASS), 1.0)
    assert (found.flips, found.flips_far) == (2, 1)
    assert parity.compare(tie, labelled(tie, "a", "a", "?"), schema(Task.MULTICLASS), 1.0).flips_far == 1


def test_labels_change_at_the_threshold() -> None:
    expected = np.array([[0.7, 0.3], [0.75, 0.25], [0.2, 0.8], [0.749995, 0.250005]])
    assert parity.labels_of(expected, schema(Task.BINARY), 0.25).tolist() == ["yes", "yes", "yes", "yes"]
    assert parity.labels_of(expected, schema(Task.BINARY), 0.26).tolist() == ["yes", "no", "yes", "no"]
    answered = labelled(expected, "no", "yes", "yes", "no")
    found = parity.compare(expected, answered, schema(Task.BINARY), 1.0, threshold=0.25)
    assert (found.flips, found.flips_far) == (2, 1)


def test_the_row_that_differs_most_is_named_with_both_values() -> None:
    expected = np.array([[0.5, 0.5], [0.1, 0.9], [0.2, 0.8]])
    answers = expected.copy()
    answers[1, 1], answers[2, 0] = 0.92, 0.19
    found = parity.compare(expected, labelled(answers, "no", "yes", "yes"), schema(Task.BINARY), 1.0)
    assert found.worst_row == WorstRow(1, 0.9, 0.92, "yes")
    answers[0, 0] = np.nan
    found = parity.compare(expected, labelled(answers, "no", "yes", "yes"), schema(Task.BINARY), 1.0)
    assert found.worst_row == WorstRow(0, 0.5, None, "no")
    numbers = parity.Answered(np.array([[10.0], [21.0]]), np.empty(0, dtype=object))
    found = parity.compare(np.array([[10.0], [20.0]]), numbers, schema(Task.REGRESSION), unit=100.0)
    assert found.worst_row == WorstRow(1, 20.0, 21.0)


def test_of_no_rows_nothing_is_worst_and_nothing_holds() -> None:
    found = parity.compare(np.empty((0, 2)), labelled(np.empty((0, 2))), schema(Task.BINARY), 1.0)
    assert (found.worst_row, found.max_difference, found.holds) == (None, 0.0, False)


@pytest.mark.parametrize("values", [np.array([[np.nan, 1.0]]), np.array([[0.1, 0.2, 0.7]]), np.array([[np.inf, 0.0]])])
def test_what_can_not_be_compared_differs_infinitely(values: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> None:
    answered = parity.Answered(values, np.array(["no"], dtype=object))
    assert parity.compare(np.array([[0.5, 0.5]]), answered, schema(Task.BINARY), 1.0).max_difference == np.inf


def test_what_can_not_be_loaded_differs_infinitely() -> None:
    table, _ = typed(5, Task.BINARY)
    with pytest.raises(Corrupt, match="ONNX Runtime"):
        parity.run(b"no model", table, schema(Task.BINARY))
    broken = export(fitted(Task.BINARY), schema(Task.BINARY))[:-200]
    assert parity.check(broken, fitted(Task.BINARY), table, schema(Task.BINARY)).max_difference == np.inf
