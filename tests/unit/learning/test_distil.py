from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from millrace.domain.schema import Schema
from millrace.domain.spec import Metric, Task
from millrace.learning import distil, parity
from millrace.learning.automl import Learnt, Lessons, Wish, learn
from millrace.learning.export import export
from millrace.learning.forests import ForestTrainer
from millrace.learning.lightgbm import LightGbmTrainer
from millrace.learning.trial import Trial
from tests import texts
from tests.rows import schema, typed

TASKS = pytest.mark.parametrize("task", list(Task))
SMALL = 0.012  # MB: less than any of the trainers below makes
TRAINERS = (LightGbmTrainer(), ForestTrainer())


def given(task: Task) -> Lessons:
    table, answers = typed(300, task)
    return Lessons(table, answers, schema(task))


def wish(task: Task, megabytes: float = SMALL) -> Wish:
    metric = Metric.LOG_LOSS if task.is_classification else Metric.RMSE
    return Wish(metric, trials=2, folds=2, megabytes=megabytes)


def students(learnt: Learnt) -> list[Trial]:
    return [made for made in learnt.trials if made.configuration.trainer.name == distil.NAME]


def test_nobody_is_taught_where_everything_fits() -> None:
    assert students(learn(given(Task.BINARY), wish(Task.BINARY, 20.0), trainers=TRAINERS)) == []


@TASKS
def test_a_student_is_as_small_as_it_must_be(task: Task) -> None:
    lessons = given(task)
    learnt = learn(lessons, wish(task), trainers=TRAINERS)
    (student,) = students(learnt)
    assert learnt.weights == {len(learnt.trials) - 1: 1.0}
    model = export(learnt.fitted, lessons.schema)
    found = parity.check(model, learnt.fitted, lessons.table, lessons.schema)
    assert found.holds
    others = [made.core.size for made in learnt.trials if made.core is not None and made is not student]
    assert student.core is not None
    assert student.core.size <= SMALL * 1e6 < min(others)
    assert export(learn(lessons, wish(task), trainers=TRAINERS).fitted, lessons.schema) == model


@pytest.mark.parametrize("task", [Task.BINARY, Task.REGRESSION])
def test_what_serves_learnt_from_the_teacher_and_what_is_scored_from_the_truth(task: Task) -> None:
    """So that its score promises nothing that its teacher told it."""
    lessons = given(task)
    (student,) = students(learn(lessons, wish(task), trainers=TRAINERS))
    free = learn(lessons, wish(task, 20.0), trainers=TRAINERS)
    assert student.core is not None
    school = free.school
    rows = school.encoded(student.configuration.plan, school.links[0])
    link, trainer = student.configuration.link, student.configuration.trainer
    assert isinstance(trainer, LightGbmTrainer)
    assert trainer.objective is None
    answers = link.apply(student.core.score(rows.matrix))[:, -1]
    teacher = np.zeros(len(answers))
    teacher[free.judged] = np.sum([w * free.trials[i].out_of_fold[free.judged, -1] for i, w in free.weights.items()], 0)
    truth = np.asarray(lessons.answers, dtype=np.float64)
    assert np.corrcoef(answers, teacher)[0, 1] > np.corrcoef(answers, truth)[0, 1]


def test_a_table_of_text_alone_has_no_student() -> None:
    table, answers = texts.messages(80, Task.BINARY)
    of_text: Schema = texts.schema(Task.BINARY)
    learnt = learn(Lessons(table, answers, of_text), replace(wish(Task.BINARY), trials=1))
    assert students(learnt) == []
