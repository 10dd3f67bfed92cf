"""Logistic and ridge regression, the strength of whose penalty is chosen by cross-validation."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, RidgeCV

from millrace.data.table import Table
from millrace.domain.schema import Schema
from millrace.domain.spec import Task
from millrace.evaluation import metrics
from millrace.learning import encode, folds
from millrace.learning.onnx_graph import Graph
from millrace.learning.pipeline import Link, Pipeline
from millrace.learning.trainer import Answers, Budget, Floats

STRENGTHS = (0.003, 0.03, 0.3, 3.0)  # C, the inverse of the penalty
PENALTIES = tuple(np.geomspace(0.01, 1000.0, 11))
NEWTON_SIZE = 1000  # unknowns up to which Newton's method is quicker than L-BFGS
SMALL = 5000  # rows below which four inner folds are affordable and one would be noise


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """`coefficients` of shape [width, outputs] and `intercept` of shape [outputs].

    They hold FP32 values, so that the last bits of a solver's arithmetic, which differ between machines, are gone.
    """

    coefficients: Floats
    intercept: Floats
    step: str = "linear/1"

    def score(self, matrix: Floats) -> Floats:
        """Scores, shape [rows, outputs]."""
        return np.asarray(matrix @ self.coefficients + self.intercept, dtype=np.float64)

    def build(self, graph: Graph, matrix: str) -> str:
        """The same in a graph."""
        product = graph.add("MatMul", matrix, graph.constant(self.coefficients))
        return graph.plus(product, graph.constant(self.intercept.reshape(1, -1)))


@dataclass(frozen=True, slots=True)
class LinearTrainer:
    """A `Trainer`: logistic regression for classes, ridge regression for numbers."""

    name: str = "linear"
    version: int = 1

    def fit(
        self,
        table: Table,
        answers: Answers,
        schema: Schema,
        *,
        weights: Floats | None = None,
        seed: int,
        budget: Budget,  # noqa: ARG002  # linear algebra keeps to one thread, whose last bits are always the same
    ) -> Pipeline:
        """Encode with scaling, choose the penalty, fit on all rows."""
        encoding = encode.fit(table, schema.features, scaled=True)
        matrix = encoding.transform(table)
        if schema.task is Task.REGRESSION:
            numbers = np.asarray(answers, dtype=np.float64)
            link = Link.to_unit_of(numbers)
            model = RidgeCV(alphas=PENALTIES).fit(matrix, (numbers - link.centre) / link.scale, sample_weight=weights)
            return Pipeline(encoding, _weights(model.coef_.reshape(1, -1), np.atleast_1d(model.intercept_)), link)
        strength = _choose_strength(matrix, answers, schema, weights, seed)
        core = _fit_logistic(matrix, answers, weights, strength, len(schema.classes))
        return Pipeline(encoding, core, Link.to_classes(schema.task, len(schema.classes)))


def _choose_strength(matrix: Floats, answers: Answers, schema: Schema, weights: Floats | None, seed: int) -> float:
    """The strength with the least log loss over inner folds."""
    classes = len(schema.classes)
    number = folds.assign(answers, schema.task, 4, seed)
    judged = range(4) if len(answers) < SMALL else range(1)
    link = Link.to_classes(schema.task, classes)
    losses = []
    for strength in STRENGTHS:
        loss = 0.0
        for fold in judged:
            inside, outside = number != fold, number == fold
            if not outside.any():
                continue
            part = None if weights is None else weights[inside]
            core = _fit_logistic(matrix[inside], answers[inside], part, strength, classes)
            loss += metrics.log_loss(answers[outside], link.apply(core.score(matrix[outside])))
        losses.append(loss)
    return STRENGTHS[int(np.argmin(losses))]


def _fit_logistic(matrix: Floats, answers: Answers, weights: Floats | None, strength: float, classes: int) -> Weights:
    outputs = 1 if classes == 2 else classes
    solver = "newton-cholesky" if outputs * matrix.shape[1] <= NEWTON_SIZE else "lbfgs"
    model = LogisticRegression(C=strength, solver=solver, max_iter=200)
    with warnings.catch_warnings():
        # A fit that stopped early is still a candidate: cross-validation says what it is worth.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(matrix, answers, sample_weight=weights)
    return _weights(model.coef_, model.intercept_)


def _weights(coefficients: NDArray[np.float64], intercept: NDArray[np.float64]) -> Weights:
    return Weights(
        np.ascontiguousarray(coefficients.T.astype(np.float32).astype(np.float64)),
        intercept.astype(np.float32).astype(np.float64),
    )
