"""XGBoost: gradient boosted trees grown level by level on histograms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import xgboost

from millrace.domain.spec import Task
from millrace.learning import forest
from millrace.learning.boosting import MAX_TREES, PATIENCE, Boosting
from millrace.learning.forest import Trees
from millrace.learning.space import Real, Settings, Space, Whole
from millrace.learning.trainer import Budget, Floats, Lesson, Matrix, Plan, Rows

STEP = "xgboost/1"
_OBJECTIVE = {Task.BINARY: "binary:logistic", Task.MULTICLASS: "multi:softprob", Task.REGRESSION: "reg:squarederror"}
_METRIC = {Task.BINARY: "logloss", Task.MULTICLASS: "mlogloss", Task.REGRESSION: "rmse"}


@dataclass(frozen=True, slots=True)
class XgBoostTrainer(Boosting):
    """A `Trainer` of XGBoost's trees."""

    name: str = "xgboost"
    version: int = 1
    plan: Plan = Plan.TREES
    bagged: bool = True
    step: ClassVar[str] = STEP
    most_classes: ClassVar[int] = 30

    @property
    def space(self) -> Space:
        """Ranges around what is good on most data."""
        return {
            "learning_rate": Real(0.02, 0.2, log=True),
            "max_depth": Whole(3, 10),
            "min_child_weight": Real(0.5, 20.0, log=True),
            "subsample": Real(0.6, 1.0),
            "colsample_bytree": Real(0.4, 1.0),
            "reg_lambda": Real(1e-2, 30.0, log=True),
            "gamma": Real(1e-4, 1.0, log=True),
        }

    @property
    def portfolio(self) -> Sequence[Settings]:
        """A middling one, and one of deep trees on few columns."""
        return (_settings(0.1, 6, 2.0, 0.8, 0.7, 2.0), _settings(0.08, 9, 1.0, 0.9, 0.5, 5.0))

    def fit(self, lesson: Lesson, settings: Settings) -> Trees:
        """Boost until the judging rows stop improving, or for the rounds asked."""
        task = lesson.kind
        parameters: dict[str, Any] = {
            "objective": _OBJECTIVE[task],
            "eval_metric": _METRIC[task],
            "base_score": _base(lesson, task),
            "tree_method": "hist",
            "nthread": lesson.budget.threads,
            "seed": lesson.seed,
            "verbosity": 0,
            **settings,
        }
        if task is Task.MULTICLASS:
            parameters["num_class"] = lesson.classes
        data = _matrix(lesson.rows, lesson.budget)
        evaluated = [] if lesson.judge is None else [(_matrix(lesson.judge, lesson.budget, like=data), "judge")]
        callbacks: list[Any] = [xgboost.callback.EarlyStopping(rounds=PATIENCE)] if evaluated else []
        callbacks.append(_Until(lesson.budget))  # last, so that the round in which it ends is judged too
        booster = xgboost.train(
            parameters,
            data,
            num_boost_round=MAX_TREES if lesson.rounds is None else lesson.rounds,
            evals=evaluated,
            callbacks=callbacks,
            verbose_eval=False,
        )
        best = booster.best_iteration + 1 if evaluated else booster.num_boosted_rounds()
        return _trees(booster[:best], best, lesson.outputs, lesson.budget.threads)


def _settings(rate: float, depth: int, least: float, rows: float, columns: float, l2: float) -> Settings:
    return {
        "learning_rate": rate,
        "max_depth": depth,
        "min_child_weight": least,
        "subsample": rows,
        "colsample_bytree": columns,
        "reg_lambda": l2,
        "gamma": 1e-4,
    }


def _base(lesson: Lesson, task: Task) -> float:
    if task is not Task.BINARY:
        return 0.0 if task is Task.REGRESSION else 0.5
    share = float(np.average(lesson.rows.answers, weights=lesson.rows.weights))
    return min(max(share, 1e-6), 1.0 - 1e-6)


def _matrix(rows: Rows, budget: Budget, like: Any = None) -> Any:
    return xgboost.QuantileDMatrix(
        rows.matrix, rows.answers, weight=rows.weights, nthread=budget.threads, ref=like, max_bin=256
    )


class _Until(xgboost.callback.TrainingCallback):
    """Ends boosting when the time is up."""

    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self._budget = budget

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002  # XGBoost's
        """Whether to end."""
        return self._budget.is_over


def _trees(booster: Any, rounds: int, outputs: int, threads: int) -> Trees:
    booster.set_param({"nthread": threads})
    model = json.loads(bytes(booster.save_raw("json")))["learner"]
    held = model["gradient_booster"]["model"]
    every = [_tree(tree, int(output)) for tree, output in zip(held["trees"], held["tree_info"], strict=True)]

    def native(matrix: Matrix) -> Floats:
        scores = booster.inplace_predict(matrix, predict_type="margin")
        return np.asarray(scores, dtype=np.float64).reshape(len(matrix), outputs)

    return forest.grown(every, _margins(model, outputs), STEP, rounds=rounds, native=native)


def _margins(model: Mapping[str, Any], outputs: int) -> Floats:
    """What XGBoost adds to every row: its base score, for two classes through the inverse of the logistic function."""
    told = json.loads(model["learner_model_param"]["base_score"])
    base = np.broadcast_to(np.array(told, dtype=np.float64).reshape(-1), (outputs,)).copy()
    if model["objective"]["name"] == _OBJECTIVE[Task.BINARY]:
        base = np.log(base / (1.0 - base))
    return base


def _tree(tree: Mapping[str, Any], output: int) -> forest.Tree:
    left, right = (np.array(tree[f"{side}_children"], dtype=np.int64) for side in ("left", "right"))
    condition = np.array(tree["split_conditions"], dtype=np.float32)
    is_leaf = left < 0
    place = np.where(is_leaf, ~(np.cumsum(is_leaf) - 1), np.cumsum(~is_leaf) - 1).astype(np.int32)
    value = condition[is_leaf]
    target = np.full(len(value), output, dtype=np.int32)
    if is_leaf[0]:
        return forest.Tree.leaf(value.astype(np.float64), target)
    split = ~is_leaf
    return forest.Tree(
        feature=np.array(tree["split_indices"], dtype=np.int32)[split],
        threshold=forest.below(condition[split]),
        left=place[left[split]],
        right=place[right[split]],
        missing_left=np.array(tree["default_left"], dtype=np.bool_)[split],
        value=value,
        target=target,
        depth=float(np.log2(len(value))) + 1.0,
    )
