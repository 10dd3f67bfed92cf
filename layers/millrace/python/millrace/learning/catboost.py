"""CatBoost: gradient boosted trees whose levels ask one question each."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import catboost
import numpy as np
from numpy.typing import NDArray

from millrace.domain.spec import Task
from millrace.learning import forest, prior
from millrace.learning.boosting import MAX_TREES, PATIENCE, Boosting
from millrace.learning.forest import Trees
from millrace.learning.space import Real, Settings, Space, Whole
from millrace.learning.trainer import Budget, FitFailedError, Floats, Lesson, Matrix, Plan, Rows

STEP = "catboost/1"
_NEVER = -10.0  # the score of a class that no row has
_LOSS = {Task.BINARY: "Logloss", Task.MULTICLASS: "MultiClass", Task.REGRESSION: "RMSE"}


@dataclass(frozen=True, slots=True)
class CatBoostTrainer(Boosting):
    """A `Trainer` of CatBoost's oblivious trees, on numbers only: its own coding of categories can't be exported."""

    name: str = "catboost"
    version: int = 1
    plan: Plan = Plan.TREES
    bagged: bool = True
    step: ClassVar[str] = STEP
    most_classes: ClassVar[int] = 30

    @property
    def space(self) -> Space:
        """Ranges around what is good on most data."""
        return {
            "learning_rate": Real(0.03, 0.2, log=True),
            "depth": Whole(4, 8),
            "l2_leaf_reg": Real(1.0, 20.0, log=True),
            "random_strength": Real(0.1, 10.0, log=True),
            "rsm": Real(0.4, 1.0),
            "border_count": Whole(64, 254, log=True),
        }

    @property
    def portfolio(self) -> Sequence[Settings]:
        """A middling one, and one of deeper trees."""
        return (_settings(0.12, 6, 3.0, 1.0), _settings(0.1, 8, 5.0, 0.7))

    def fit(self, lesson: Lesson, settings: Settings) -> Trees:
        """Boost until the judging rows stop improving, or for the rounds asked."""
        task = lesson.kind
        if _teaches_nothing(lesson.rows):  # which CatBoost refuses
            return forest.grown([], prior.scores(lesson), STEP, rounds=1)
        parameters: dict[str, Any] = {
            "loss_function": _LOSS[task],
            "iterations": MAX_TREES if lesson.rounds is None else lesson.rounds,
            "boosting_type": "Plain",
            "bootstrap_type": "MVS" if task is not Task.MULTICLASS else "Bernoulli",
            "subsample": 0.8,
            "random_seed": lesson.seed,
            "thread_count": lesson.budget.threads,
            "allow_writing_files": False,
            "verbose": False,
            **settings,
        }
        if lesson.judge is not None:
            parameters |= {"od_type": "Iter", "od_wait": PATIENCE, "use_best_model": True}
        if task is Task.MULTICLASS:
            parameters["classes_count"] = lesson.classes
        model = catboost.CatBoost(parameters)
        try:
            model.fit(
                _pool(lesson.rows),
                eval_set=None if lesson.judge is None else _pool(lesson.judge),
                callbacks=[_Until(lesson.budget)],
            )
        except catboost.CatBoostError as error:
            raise FitFailedError(str(error)) from error
        return _trees(model, lesson)


def _settings(rate: float, depth: int, l2: float, columns: float) -> Settings:
    return {
        "learning_rate": rate,
        "depth": depth,
        "l2_leaf_reg": l2,
        "random_strength": 1.0,
        "rsm": columns,
        "border_count": 128,
    }


def _pool(rows: Rows) -> Any:
    return catboost.Pool(rows.matrix, rows.answers, weight=rows.weights)


class _Until:
    """Ends boosting when the time is up."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def after_iteration(self, info: Any) -> bool:  # noqa: ARG002  # CatBoost's
        """Whether to go on."""
        return not self._budget.is_over


def _teaches_nothing(rows: Rows) -> bool:
    """Whether all answers are equal, or no column varies."""
    first = rows.matrix[:1]
    same = (rows.matrix == first) | (np.isnan(rows.matrix) & np.isnan(first))
    return bool((rows.answers == rows.answers[0]).all() or same.all())


def _trees(model: Any, lesson: Lesson) -> Trees:
    """A model's trees; of the classes that its rows lack, which have no place in it, the score is low."""
    outputs = lesson.outputs
    known = np.unique(np.asarray(lesson.rows.answers, dtype=np.int32)) if outputs > 1 else np.zeros(1, dtype=np.int32)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        told = json.loads(path.read_bytes())
    scale, bias = told.get("scale_and_bias", [1.0, [0.0]])
    every = [tree for each in told["oblivious_trees"] for tree in _tree(each, known, scale)]
    borders = {feature["flat_feature_index"]: feature for feature in told["features_info"]["float_features"]}
    base = np.full(outputs, _NEVER)
    base[known] = np.array(bias, dtype=np.float64).reshape(-1)
    assert set(borders) >= {int(f) for tree in every for f in tree.feature}  # noqa: S101  # flat and float indices agree

    def native(matrix: Matrix) -> Floats:
        scores = model.predict(matrix, prediction_type="RawFormulaVal", thread_count=1)
        found = np.asarray(scores, dtype=np.float64).reshape(len(matrix), outputs)
        return np.where(np.isneginf(found), _NEVER, found)

    return forest.grown(every, base, STEP, rounds=len(told["oblivious_trees"]), native=native)


def _tree(tree: Mapping[str, Any], known: NDArray[np.int32], scale: float) -> list[forest.Tree]:
    """One tree for each of the outputs `known`.

    Split d decides bit d of the leaf's place; the last split is the root here. A value above the border sets the bit;
    a missing one never does.
    """
    splits = list(reversed(tree["splits"] or []))
    depth = len(splits)
    values = np.array(tree["leaf_values"], dtype=np.float64).reshape(2**depth, len(known)) * scale
    targets = [np.full(2**depth, output, dtype=np.int32) for output in known]
    if not depth:
        return [forest.Tree.leaf(values[:, place], target) for place, target in enumerate(targets)]
    level = np.repeat(np.arange(depth), 2 ** np.arange(depth))
    inner = 2**depth - 1
    left = 2 * np.arange(inner, dtype=np.int64) + 1
    children = [np.where(child < inner, child, ~(child - inner)).astype(np.int32) for child in (left, left + 1)]
    feature = np.array([split["float_feature_index"] for split in splits], dtype=np.int32)[level]
    border = np.array([split["border"] for split in splits], dtype=np.float64)[level]
    return [
        forest.Tree(
            feature=feature,
            threshold=forest.floored(border),
            left=children[0],
            right=children[1],
            missing_left=np.ones(inner, dtype=np.bool_),
            value=values[:, place].astype(np.float32),
            target=target,
            depth=float(depth),
        )
        for place, target in enumerate(targets)
    ]
