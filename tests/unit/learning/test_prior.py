from __future__ import annotations

import numpy as np
import pytest

from millrace.domain.spec import Task
from millrace.learning import prior
from millrace.learning.link import Link
from millrace.learning.trainer import Answers, Floats, Lesson, Rows


def lesson(task: Task, classes: int, answers: Answers, weights: Floats | None = None) -> Lesson:
    return Lesson(task, classes, Rows(np.zeros((len(answers), 1), dtype=np.float32), answers, weights))


def test_a_class_counts_one_row_more_than_it_has() -> None:
    scores = prior.scores(lesson(Task.BINARY, 2, np.array([1] * 8)))
    assert Link.to_classes(Task.BINARY, 2).apply(scores.reshape(1, -1)).tolist() == [pytest.approx([0.1, 0.9])]
    scores = prior.scores(lesson(Task.MULTICLASS, 3, np.array([0, 0, 0, 2])))
    found = Link.to_classes(Task.MULTICLASS, 3).apply(scores.reshape(1, -1))
    np.testing.assert_allclose(found, [[4 / 7, 1 / 7, 2 / 7]])


def test_weights_count_whatever_their_unit() -> None:
    answers, weights = np.array([0, 1]), np.array([1.0, 3.0])
    one, other = (prior.scores(lesson(Task.BINARY, 2, answers, weights * unit)) for unit in (1.0, 1e9))
    np.testing.assert_allclose(one, other)
    assert one[0] == pytest.approx(np.log(2.5 / 1.5))
    assert prior.scores(lesson(Task.REGRESSION, 0, np.array([0.0, 4.0]), weights))[0] == pytest.approx(3.0)
