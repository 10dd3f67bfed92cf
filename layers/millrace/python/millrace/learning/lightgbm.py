"""LightGBM: gradient boosted trees grown leaf by leaf, which stop when the judging rows say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import lightgbm
import numpy as np
from numpy.typing import NDArray

from millrace.domain.spec import Task
from millrace.learning import forest
from millrace.learning.boosting import MAX_TREES, PATIENCE, Boosting
from millrace.learning.forest import Trees
from millrace.learning.space import OneOf, Real, Settings, Space, Whole
from millrace.learning.trainer import Budget, FitFailedError, Floats, Lesson, Matrix, Plan

STEP = "lightgbm/2"
_OBJECTIVE = {Task.BINARY: "binary", Task.MULTICLASS: "multiclass", Task.REGRESSION: "regression"}
_DEFAULT_LEFT, _MISSING_NAN = 2, 8  # bits of a decision type


@dataclass(frozen=True, slots=True)
class LightGbmTrainer(Boosting):
    """A `Trainer` of LightGBM's trees."""

    name: str = "lightgbm"
    version: int = 3
    plan: Plan = Plan.TREES
    bagged: bool = True
    step: ClassVar[str] = STEP
    most_classes: ClassVar[int] = 100
    objective: str | None = None  # of LightGBM, instead of the task's own
    most: int = MAX_TREES

    @property
    def space(self) -> Space:
        """Ranges around what is good on most data."""
        return {
            "learning_rate": Real(0.02, 0.15, log=True),
            "num_leaves": Whole(4, 128, log=True),
            "min_data_in_leaf": Whole(2, 60, log=True),
            "feature_fraction": Real(0.4, 1.0),
            "bagging_fraction": Real(0.6, 1.0),
            "lambda_l2": Real(1e-3, 30.0, log=True),
            "extra_trees": OneOf((False, True)),
        }

    @property
    def portfolio(self) -> Sequence[Settings]:
        """A middling one, one of random thresholds, one of small trees, one of large ones."""
        return (
            _settings(0.08, 31, 20, 0.8, 0.9, 1.0),
            _settings(0.1, 64, 10, 0.9, 0.9, 0.3, extra_trees=True),
            _settings(0.08, 8, 10, 0.7, 0.8, 3.0),
            _settings(0.06, 96, 5, 0.7, 0.9, 5.0),
        )

    def fit(self, lesson: Lesson, settings: Settings) -> Trees:
        """Boost until the judging rows stop improving, or for the rounds asked."""
        parameters = _parameters(lesson, settings)
        if self.objective is not None:
            parameters["objective"] = self.objective
        rows = lesson.rows
        data = lightgbm.Dataset(rows.matrix, rows.answers, weight=rows.weights, params=parameters)
        callbacks: list[Callable[..., None]] = [_until(lesson.budget)]
        judged = []
        if lesson.judge is not None:
            judge = lesson.judge
            judged = [data.create_valid(judge.matrix, judge.answers, weight=judge.weights)]
            callbacks.append(lightgbm.early_stopping(PATIENCE, verbose=False))
        rounds = self.most if lesson.rounds is None else lesson.rounds
        try:
            booster = lightgbm.train(parameters, data, num_boost_round=rounds, valid_sets=judged, callbacks=callbacks)
        except lightgbm.basic.LightGBMError as error:
            raise FitFailedError(str(error)) from error
        best = booster.best_iteration if booster.best_iteration > 0 else booster.current_iteration()
        return _trees(booster, best, lesson.outputs)


def _settings(
    rate: float, leaves: int, least: int, columns: float, rows: float, l2: float, *, extra_trees: bool = False
) -> Settings:
    return {
        "learning_rate": rate,
        "num_leaves": leaves,
        "min_data_in_leaf": least,
        "feature_fraction": columns,
        "bagging_fraction": rows,
        "lambda_l2": l2,
        "extra_trees": extra_trees,
    }


def _parameters(lesson: Lesson, settings: Settings) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "objective": _OBJECTIVE[lesson.kind],
        "bagging_freq": 1,
        "seed": lesson.seed,
        "deterministic": True,
        "force_row_wise": True,  # needed for equal results with any number of threads
        "num_threads": lesson.budget.threads,
        "feature_pre_filter": False,
        "verbosity": -1,
        **settings,
    }
    if lesson.outputs > 1:
        parameters["num_class"] = lesson.classes
    return parameters


def _until(budget: Budget) -> Callable[[Any], None]:
    """A callback that ends boosting when the time is up."""

    def stop(environment: Any) -> None:
        if budget.is_over:
            raise lightgbm.callback.EarlyStopException(environment.iteration, environment.evaluation_result_list)

    return stop


def _trees(booster: Any, rounds: int, outputs: int) -> Trees:
    """The first `rounds` of a booster, whose tree i adds to output i modulo `outputs`."""
    every = [
        _tree(lines, index % outputs)
        for index, lines in enumerate(_sections(booster.model_to_string(num_iteration=rounds)))
    ]

    def native(matrix: Matrix) -> Floats:
        scores = booster.predict(matrix, raw_score=True, num_threads=1, num_iteration=rounds)
        return np.asarray(scores, dtype=np.float64).reshape(len(matrix), outputs)

    return forest.grown(every, np.zeros(outputs), STEP, rounds=rounds, native=native)


def _sections(model: str) -> Iterator[Mapping[str, str]]:
    """Each tree's lines of the text form."""
    for section in model.split("\nTree=")[1:]:
        text = section.partition("\nend of trees")[0]
        yield dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def _tree(lines: Mapping[str, str], output: int) -> forest.Tree:
    values = _array(lines["leaf_value"], np.float64)
    target = np.full(len(values), output, dtype=np.int32)
    if int(lines["num_leaves"]) == 1:
        return forest.Tree.leaf(values, target)
    kinds = _array(lines["decision_type"], np.int64)
    threshold = _array(lines["threshold"], np.float64)
    # At a split that saw no NaN in training, NaN goes where zero does.
    learnt = (kinds & _MISSING_NAN) != 0
    return forest.Tree(
        feature=_array(lines["split_feature"], np.int32),
        threshold=forest.floored(threshold),
        left=_array(lines["left_child"], np.int32),
        right=_array(lines["right_child"], np.int32),
        missing_left=np.where(learnt, (kinds & _DEFAULT_LEFT) != 0, threshold >= 0.0),
        value=values.astype(np.float32),
        target=target,
        depth=float(np.log2(len(values))) + 1.0,
    )


def _array(text: str, kind: Any) -> NDArray[Any]:
    return np.array(text.split(), dtype=np.float64).astype(kind)
