"""Least squares for numbers and, towards two poles, for classes: the quickest baseline that there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import Ridge

from millrace.domain.spec import Task
from millrace.learning.linear import Weights
from millrace.learning.space import Real, Settings, Space
from millrace.learning.trainer import Arrays, Floats, Lesson, Plan

STEP = "least-squares/1"
POLE = 2.0  # the score of a row that is surely of a class; 0.88 as a probability


@dataclass(frozen=True, slots=True)
class LeastSquaresTrainer:
    """A `Trainer`: one linear solve, whatever the task."""

    name: str = "least-squares"
    version: int = 1
    plan: Plan = Plan.DENSE
    bagged: bool = False

    @property
    def space(self) -> Space:
        """How much large coefficients cost."""
        return {"penalty": Real(1e-2, 1e3, log=True)}

    @property
    def portfolio(self) -> Sequence[Settings]:
        """A weak penalty, and a strong one."""
        return ({"penalty": 1.0}, {"penalty": 100.0})

    def suits(self, task: Task, classes: int, rows: int, width: int) -> bool:  # the contract's
        """Where the normal equations are quickly solved."""
        return width <= 2_000

    def seconds(self, rows: int, width: int, classes: int) -> float:  # the contract's
        """Of the normal equations and of solving them."""
        return 1e-9 * width**2 * (rows + width)

    def fit(self, lesson: Lesson, settings: Settings) -> Weights:
        """Solve once: nothing here is random, and there is nothing to end early."""
        rows = lesson.rows
        model = Ridge(alpha=float(settings["penalty"]), solver="cholesky")
        model.fit(np.asarray(rows.matrix, dtype=np.float64), wanted(lesson), sample_weight=rows.weights)
        # FP32 values, so that the last bits of a solver's arithmetic are gone.
        coefficients, intercept = (np.float64(np.float32(each)) for each in (model.coef_, model.intercept_))
        return Weights(np.atleast_2d(coefficients).T, np.atleast_1d(intercept), STEP)

    def load(self, arrays: Arrays) -> Weights:
        """From a checkpoint."""
        return Weights(arrays["coefficients"], arrays["intercept"], STEP)


def wanted(lesson: Lesson) -> Floats:
    """What the scores are to be, shape [rows, outputs]."""
    answers = np.asarray(lesson.rows.answers, dtype=np.float64)
    if not lesson.task.is_classification:
        return answers.reshape(-1, 1)
    classes = [1] if lesson.outputs == 1 else range(lesson.outputs)
    return np.stack([np.where(answers == k, POLE, -POLE) for k in classes], axis=1)
