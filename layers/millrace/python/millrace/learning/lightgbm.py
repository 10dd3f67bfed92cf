"""Gradient boosted trees, their number chosen by early stopping on inner folds and then refitted on every row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from millrace.data.table import Table
from millrace.domain.schema import Schema
from millrace.domain.spec import Task
from millrace.learning import encode, folds
from millrace.learning.pipeline import Link, Pipeline
from millrace.learning.trainer import Answers, Budget, Floats
from millrace.learning.trees import Trees

MAX_TREES = 500
PATIENCE = 30
PARALLEL = 20_000  # rows from which threads save more than they cost; results don't depend on their number
SMALL = 5000  # rows below which four inner folds are affordable and one would be noise
JUDGED_ROWS = 1_000_000  # at most, on which the number of trees is chosen
_OBJECTIVE = {Task.BINARY: "binary", Task.MULTICLASS: "multiclass", Task.REGRESSION: "regression"}


@dataclass(frozen=True, slots=True)
class LightGbmTrainer:
    """A `Trainer` of LightGBM's trees on FP64 numbers and one-hot categories."""

    name: str = "lightgbm"
    version: int = 2

    def fit(
        self,
        table: Table,
        answers: Answers,
        schema: Schema,
        *,
        weights: Floats | None = None,
        seed: int,
        budget: Budget,
    ) -> Pipeline:
        """Encode, choose the number of trees, fit that many on all rows."""
        encoding = encode.fit(table, schema.features, scaled=False)
        matrix = encoding.transform(table)
        link, wanted = _link(schema, answers)
        settings = _settings(schema, len(answers), seed, budget)
        rounds = _rounds(matrix, wanted, weights, schema.task, settings, seed)
        data = lightgbm.Dataset(matrix, wanted, weight=weights, params=settings)
        booster = lightgbm.train(settings, data, num_boost_round=rounds)
        return Pipeline(encoding, Trees.of(booster, link.outputs, budget.threads), link)


def _link(schema: Schema, answers: Answers) -> tuple[Link, Answers]:
    """The link, and the answers that the trees are fitted to: numbers in deviations from their mean."""
    if schema.task.is_classification:
        return Link.to_classes(schema.task, len(schema.classes)), answers
    numbers = np.asarray(answers, dtype=np.float64)
    link = Link.to_unit_of(numbers)
    return link, (numbers - link.centre) / link.scale


def _settings(schema: Schema, rows: int, seed: int, budget: Budget) -> dict[str, Any]:
    """LightGBM's parameters; fewer leaves for fewer rows."""
    settings: dict[str, Any] = {
        "objective": _OBJECTIVE[schema.task],
        "learning_rate": 0.05,
        "num_leaves": 7 if rows < 2_000 else 31,
        "min_data_in_leaf": 10 if rows < 2_000 else 20,
        "feature_fraction": 0.7,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 1.0,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,  # needed for equal results with any number of threads
        "num_threads": budget.threads if rows >= PARALLEL else 1,
        "verbosity": -1,
    }
    if schema.task is Task.MULTICLASS and len(schema.classes) > 2:
        settings["num_class"] = len(schema.classes)
    elif schema.task is Task.MULTICLASS:
        settings["objective"] = _OBJECTIVE[Task.BINARY]
    return settings


def _rounds(
    matrix: Floats, wanted: Answers, weights: Floats | None, task: Task, settings: dict[str, Any], seed: int
) -> int:
    """The number of trees at which the mean loss over inner folds is least, on at most `JUDGED_ROWS` rows."""
    if len(wanted) > JUDGED_ROWS:
        some = np.sort(np.random.default_rng(seed).choice(len(wanted), JUDGED_ROWS, replace=False))
        matrix, wanted, weights = matrix[some], wanted[some], None if weights is None else weights[some]
    number = folds.assign(wanted, task, 4, seed)
    judged = [fold for fold in (range(4) if len(wanted) < SMALL else range(1)) if (number == fold).any()]
    pairs = [(np.flatnonzero(number != fold), np.flatnonzero(number == fold)) for fold in judged]
    data = lightgbm.Dataset(matrix, wanted, weight=weights, params=settings, free_raw_data=False)
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    history = lightgbm.cv(settings, data, num_boost_round=MAX_TREES, folds=pairs, callbacks=[stop], seed=seed)
    return max(1, max(len(curve) for curve in history.values() if isinstance(curve, list)))
