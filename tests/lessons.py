"""One algorithm at a time, for tests: what it learns from small rows, and the pipeline that it alone would be."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from millrace.data.table import Table
from millrace.domain.schema import Schema
from millrace.domain.spec import Task
from millrace.learning import encode, folds
from millrace.learning.blend import Blend, Member
from millrace.learning.encode import Taught
from millrace.learning.export import export
from millrace.learning.link import Link
from millrace.learning.space import Settings
from millrace.learning.trainer import Answers, Budget, Encoded, Floats, Lesson, Rows, Trainer
from tests import rows, texts

ROUNDS = 15  # of what counts rounds: enough to learn a little, and quick
FOLDS = 4  # that leave a row's own answer out of a category's means


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Typed rows with their answers."""

    table: Table
    answers: Answers
    schema: Schema

    @property
    def link(self) -> Link:
        """From scores to answers."""
        if self.schema.task.is_classification:
            return Link.to_classes(self.schema.task, len(self.schema.classes))
        return Link.to_unit_of(np.asarray(self.answers, dtype=np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """Encoded rows of an algorithm's plan, ready to be learned from."""

    asked: Asked
    encoded: Encoded
    lesson: Lesson


def asked(trainer: Trainer, task: Task, count: int = 120, seed: int = 0) -> Asked:
    """Rows that the trainer can read, with a column of every kind; of text with a number beside it."""
    if trainer.plan.reads_text:
        return Asked(*texts.messages(count, task, seed), texts.schema(task, texts.AGE))
    return Asked(*rows.typed(count, task, seed), rows.schema(task))


def teach(
    trainer: Trainer,
    to: Asked,
    *,
    weights: Floats | None = None,
    rounds: int | None = ROUNDS,
    budget: Budget | None = None,
    seed: int = 0,
) -> Class:
    """All the rows as one lesson."""
    task, link = to.schema.task, to.link
    wanted = link.wanted(to.answers)
    numbers = folds.assign(to.answers, task, FOLDS, seed=0)
    encoded, matrix = encode.fit(Taught.of(to.table, to.schema, wanted, weights, numbers), trainer.plan)
    learnt = Rows(matrix, wanted, weights)
    made = Lesson(task, len(to.schema.classes), learnt, rounds=rounds, seed=seed, budget=budget or Budget())
    return Class(to, encoded, made)


def blend(trainer: Trainer, taught: Class, settings: Settings | None = None) -> Blend:
    """What the trainer makes of a lesson, as an ensemble of one."""
    with threadpool_limits(1, user_api="blas"), warnings.catch_warnings():  # as in a search
        warnings.simplefilter("ignore", ConvergenceWarning)
        core = trainer.fit(taught.lesson, settings or trainer.portfolio[0])
    link = taught.asked.link
    member = Member(f"{trainer.name} 1", core, trainer.plan, link, 1.0)
    return Blend({trainer.plan: taught.encoded}, (member,), link.scale)


def fit(
    trainer: Trainer,
    to: Asked,
    *,
    weights: Floats | None = None,
    budget: Budget | None = None,
    seed: int = 0,
    settings: Settings | None = None,
) -> Blend:
    """Encode and learn, for `ROUNDS` where rounds are counted."""
    return blend(trainer, teach(trainer, to, weights=weights, budget=budget, seed=seed), settings)


def exported(trainer: Trainer, to: Asked, *, budget: Budget | None = None, seed: int = 0) -> bytes:
    """The ONNX file of what the trainer alone makes of the rows."""
    return export(fit(trainer, to, budget=budget, seed=seed), to.schema)
