"""Logistic regression, and linear regression with an elastic net's penalty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge

from millrace.data.split import LEAST, sample
from millrace.domain.spec import Task
from millrace.learning import prior
from millrace.learning.onnx_graph import Graph
from millrace.learning.space import OneOf, Real, Settings, Space
from millrace.learning.trainer import Arrays, Floats, Lesson, Matrix, Plan, Rows

STEP = "linear/2"
MOST_CELLS = 40_000_000  # in FP64, of which solvers keep copies; a line is the same on more rows
NEWTON_SIZE = 500  # unknowns up to which Newton's method is quicker than L-BFGS


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """`coefficients` of shape [width, outputs] and `intercept` of shape [outputs].

    They hold FP32 values, so that the last bits of a solver's arithmetic, which differ between machines, are gone.
    """

    coefficients: Floats
    intercept: Floats
    step: str = STEP
    rounds: int | None = None

    @property
    def size(self) -> int:
        """Bytes it takes."""
        return self.coefficients.size * 4

    @property
    def cost(self) -> float:
        """About how many microseconds a row takes."""
        return 3.0 + self.coefficients.size / 2_000.0

    def score(self, matrix: Matrix) -> Floats:
        """Scores, shape [rows, outputs]."""
        return np.asarray(matrix @ self.coefficients + self.intercept, dtype=np.float64)

    def build(self, graph: Graph, matrix: str) -> str:
        """The same in a graph."""
        coefficients = graph.cast(graph.constant(self.coefficients.astype(np.float32)), TensorProto.DOUBLE)
        product = graph.add("MatMul", graph.double(matrix), coefficients)
        return graph.plus(product, graph.constant(self.intercept.reshape(1, -1)))

    def mean(self, others: Sequence[Self]) -> Weights:
        """The mean of all."""
        every = [self, *others]
        return Weights(
            _rounded(np.mean([each.coefficients for each in every], axis=0)),
            _rounded(np.mean([each.intercept for each in every], axis=0)),
        )

    def dump(self) -> Arrays:
        """Both arrays."""
        return {"coefficients": self.coefficients, "intercept": self.intercept}


@dataclass(frozen=True, slots=True)
class LinearTrainer:
    """A `Trainer` of linear members; `bent` ones have hinges at quantiles, so they follow curves."""

    name: str = "linear"
    version: int = 3
    plan: Plan = Plan.DENSE
    bagged: bool = False

    @property
    def space(self) -> Space:
        """The inverse of the penalty's strength, and how much of it is lasso's."""
        return {"strength": Real(1e-3, 30.0, log=True), "lasso": OneOf((0.0, 0.5))}

    @property
    def portfolio(self) -> Sequence[Settings]:
        """From a weak penalty to a strong one."""
        return ({"strength": 0.3, "lasso": 0.0}, {"strength": 0.02, "lasso": 0.0})

    def suits(self, task: Task, classes: int, rows: int, width: int) -> bool:  # noqa: ARG002  # the contract's
        """Everywhere."""
        return True

    def seconds(self, rows: int, width: int, classes: int) -> float:
        """Of Newton's steps, or of L-BFGS'."""
        unknowns = width * (classes if classes > 2 else 1)
        rows = min(rows, MOST_CELLS // max(1, width))
        return 1e-9 * rows * width * (8 * width if unknowns <= NEWTON_SIZE else 200 * max(1, classes - 1))

    def fit(self, lesson: Lesson, settings: Settings) -> Weights:
        """Solve; for a regression the penalty is that of as many rows. Of very many, some tell all."""
        rows = _some(lesson)
        strength, lasso = float(settings["strength"]), float(settings["lasso"])
        if lesson.task.is_classification and len(np.unique(rows.answers)) == 1:
            return Weights(np.zeros((rows.matrix.shape[1], lesson.outputs)), _rounded(prior.scores(lesson)))
        if lesson.task.is_classification:
            model = _logistic(strength, lasso, lesson.outputs * rows.matrix.shape[1])
        elif lasso:
            model = ElasticNet(alpha=0.01 / (strength * len(rows.answers) ** 0.5), l1_ratio=lasso, max_iter=300)
        else:
            model = Ridge(alpha=1.0 / strength)
        model.fit(np.asarray(rows.matrix, dtype=np.float64), rows.answers, sample_weight=rows.weights)
        return _weights(model, lesson)

    def load(self, arrays: Arrays) -> Weights:
        """From a checkpoint."""
        return Weights(arrays["coefficients"], arrays["intercept"])


def _some(lesson: Lesson) -> Rows:
    """At most as many rows as `MOST_CELLS` holds, those of rare classes among them."""
    rows = lesson.rows
    limit = MOST_CELLS // max(1, rows.matrix.shape[1])
    if len(rows.answers) <= limit:
        return rows
    classes = np.asarray(rows.answers, dtype=np.int64) if lesson.task.is_classification else None
    return rows.take(sample(np.random.default_rng(lesson.seed).random(len(rows.answers)), limit, classes, LEAST))


def _logistic(strength: float, lasso: float, unknowns: int) -> LogisticRegression:
    if lasso:
        return LogisticRegression(C=strength, l1_ratio=lasso, solver="saga", max_iter=60, tol=1e-3, random_state=0)
    solver = "newton-cholesky" if unknowns <= NEWTON_SIZE else "lbfgs"
    return LogisticRegression(C=strength, solver=solver, max_iter=200)


def _weights(model: Ridge | ElasticNet | LogisticRegression, lesson: Lesson) -> Weights:
    """Coefficients for every class, though the rows have only some."""
    found = np.atleast_2d(model.coef_)
    told = np.atleast_1d(model.intercept_)
    if lesson.outputs == 1:
        return Weights(_rounded(found.T), _rounded(told))
    coefficients = np.zeros((lesson.outputs, found.shape[1]))
    intercept = np.full(lesson.outputs, told.min() - 5.0)
    known = np.asarray(model.classes_, dtype=np.int64)
    if len(known) == 2:  # one function for both
        found, told = np.vstack([-found, found]) / 2.0, np.concatenate([-told, told]) / 2.0
    coefficients[known], intercept[known] = found, told
    return Weights(_rounded(coefficients.T), _rounded(intercept))


def _rounded(values: NDArray[np.float64]) -> Floats:
    return np.ascontiguousarray(values.astype(np.float32).astype(np.float64))
