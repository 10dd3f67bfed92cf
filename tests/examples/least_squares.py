"""Least squares for numbers and, towards two poles, for classes: the quickest baseline that there is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import Ridge

from millrace.data.table import Table
from millrace.domain.schema import Schema
from millrace.domain.spec import Task
from millrace.learning import encode
from millrace.learning.linear import Weights
from millrace.learning.pipeline import Link, Pipeline
from millrace.learning.trainer import Answers, Budget, Floats

STEP = "least-squares/1"
POLE = 2.0  # the score of a row that is surely of a class; 0.88 as a probability


@dataclass(frozen=True, slots=True)
class LeastSquaresTrainer:
    """A `Trainer`: one linear solve, whatever the task."""

    name: str = "least-squares"
    version: int = 1

    def fit(
        self,
        table: Table,
        answers: Answers,
        schema: Schema,
        *,
        weights: Floats | None = None,
        seed: int,  # nothing here is random
        budget: Budget,  # linear algebra keeps to one thread, whose last bits are always the same
    ) -> Pipeline:
        """Encode with scaling, solve once."""
        encoding = encode.fit(table, schema.features, scaled=True)
        link, wanted = asked(answers, schema)
        model = Ridge(alpha=1.0, solver="cholesky").fit(encoding.transform(table), wanted, sample_weight=weights)
        return Pipeline(encoding, Weights(_rounded(model.coef_).T, _rounded(model.intercept_)[0], STEP), link)


def _rounded(learned: Floats) -> Floats:
    """Two dimensions, and FP32 values, so that the last bits of a solver's arithmetic are gone."""
    return np.atleast_2d(learned).astype(np.float32).astype(np.float64)


def asked(answers: Answers, schema: Schema) -> tuple[Link, Floats]:
    """What the scores become, and what they are to be, shape [rows, outputs]."""
    if schema.task is Task.REGRESSION:
        numbers = np.asarray(answers, dtype=np.float64)
        link = Link.to_unit_of(numbers)
        return link, ((numbers - link.centre) / link.scale).reshape(-1, 1)
    link = Link.to_classes(schema.task, len(schema.classes))
    classes = [1] if link.outputs == 1 else range(link.outputs)
    return link, np.stack([np.where(answers == k, POLE, -POLE) for k in classes], axis=1)
