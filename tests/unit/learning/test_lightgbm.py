from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from millrace.data.table import Table
from millrace.domain.spec import Task
from millrace.learning import boosting
from millrace.learning.export import export
from millrace.learning.lightgbm import LightGbmTrainer
from millrace.learning.trainer import Answers, Budget, Rows
from tests import lessons
from tests.lessons import Asked
from tests.rows import schema, typed

TRAINER = LightGbmTrainer()


def rounds(table: Table, answers: Answers, task: Task = Task.BINARY, judged: int = 3) -> int:
    """Where every third row judges."""
    lesson = lessons.teach(TRAINER, Asked(table, answers, schema(task)), rounds=None).lesson
    judges = np.arange(table.rows) % judged == 0
    inside, outside = np.flatnonzero(~judges), np.flatnonzero(judges)
    split = replace(lesson, rows=lesson.rows.take(inside), judge=lesson.rows.take(outside))
    made = TRAINER.fit(split, TRAINER.portfolio[0]).rounds
    assert made is not None
    return made


def test_noise_gets_few_trees_and_signal_many() -> None:
    table, answers = typed(400, Task.BINARY)
    noise = np.random.default_rng(5).permutation(answers)
    assert rounds(table, noise) < rounds(table, answers) < boosting.MAX_TREES


@pytest.mark.parametrize("task", list(Task))
def test_threads_that_share_the_rows_change_no_bit(task: Task) -> None:
    to = Asked(*typed(2_000, task), schema(task))
    made = [export(lessons.fit(TRAINER, to, budget=Budget(threads)), to.schema) for threads in (1, 2)]
    assert made[0] == made[1]


def test_each_round_has_a_tree_for_each_class() -> None:
    for task, trees in ((Task.BINARY, 1), (Task.MULTICLASS, 3), (Task.REGRESSION, 1)):
        core = TRAINER.fit(lessons.teach(TRAINER, lessons.asked(TRAINER, task), rounds=4).lesson, TRAINER.portfolio[0])
        assert len(core.roots) == 4 * trees
        assert core.rounds == 4


def test_the_judging_rows_are_weighed() -> None:
    """Where only the good rows count, it goes on for longer."""
    table, answers = typed(300, Task.BINARY)
    lesson = lessons.teach(TRAINER, Asked(table, answers, schema(Task.BINARY)), rounds=None).lesson
    judge = lesson.rows.take(np.arange(0, 300, 3))
    noise = np.random.default_rng(0).permutation(judge.answers)
    both = np.concatenate([judge.answers, noise])
    matrix = np.concatenate([judge.matrix, judge.matrix])
    inside = lesson.rows.take(np.flatnonzero(np.arange(300) % 3))
    made = []
    for share in (1.0, 1e-6):
        weights = np.repeat([1.0, share], len(noise))
        learned = replace(inside, weights=np.ones(len(inside.answers)))
        fit = TRAINER.fit(replace(lesson, rows=learned, judge=Rows(matrix, both, weights)), TRAINER.portfolio[0])
        made.append(fit.rounds or 0)
    assert made[0] < made[1]
