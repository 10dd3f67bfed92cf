"""Extra trees: many deep trees, each on its own, split at random places, whose votes are averaged.

A random forest, which sorts each column at every node instead, earned its time on none of eight tables: docs/automl.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

from millrace.domain.spec import Task
from millrace.learning import forest
from millrace.learning.forest import Native, Trees
from millrace.learning.numbers import LARGEST
from millrace.learning.onnx_graph import ML_DOMAIN, Graph
from millrace.learning.space import OneOf, Real, Settings, Space, Whole
from millrace.learning.trainer import Arrays, Floats, Lesson, Matrix, Plan

GAP = 0.1  # of a column's range: so far below its least value is what stands for NaN while trees are grown
STEP_TREES = 20  # grown at a time, so that time is kept
LEAST = 1e-4  # a share of votes below it counts as this
STEP = "forest/1"


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """Trees whose leaf l holds the shares `shares[l]` of the classes; FP32 [leaves, classes].

    The score is the logarithm of the mean share, of two classes its odds.
    """

    trees: Trees
    shares: NDArray[np.float32]
    step: str = STEP
    rounds: int | None = None
    native: Native | None = None

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return self.trees.size + (self.shares.nbytes if self.shares.shape[1] > 2 else 0)

    @property
    def cost(self) -> float:
        """About how many microseconds a row takes."""
        return self.trees.cost

    def score(self, matrix: Matrix) -> Floats:
        """Scores, shape [rows, outputs]: from the library's own votes while it is at hand."""
        if self.native is not None:
            return _scores(self.native(matrix))
        leaves = self.trees.leaves(matrix)
        votes = self.shares[leaves].mean(axis=1, dtype=np.float64)
        return _scores(votes)

    def build(self, graph: Graph, matrix: str) -> str:
        """The same in a graph."""
        classes = self.shares.shape[1]
        if classes == 2:
            shares = self.shares[:, 1] / np.float32(len(self.trees.roots))
            second = _summed(self.trees, shares).build(graph, matrix)
            kept = [_clipped(graph, each) for each in (second, graph.minus(graph.number(1.0), second))]
            return graph.add("Log", graph.over(*kept))
        leaves = _placed(self.trees, graph, matrix)
        votes = graph.add("Gather", graph.constant(self.shares), leaves, axis=0)
        mean = graph.add("ReduceMean", votes, graph.constant(np.array([1], dtype=np.int64)), keepdims=0)
        return graph.add("Log", _clipped(graph, graph.cast(mean, TensorProto.DOUBLE)))

    def mean(self, others: Sequence[Self]) -> Votes:
        """The trees of all."""
        every = [self, *others]
        return Votes(forest.joined([each.trees for each in every]), np.concatenate([each.shares for each in every]))

    def dump(self) -> Arrays:
        """All of it as arrays."""
        return {**self.trees.dump(), "shares": self.shares}


@dataclass(frozen=True, slots=True)
class ForestTrainer:
    """A `Trainer` of scikit-learn's extra trees."""

    name: str = "extra-trees"
    version: int = 1
    plan: Plan = Plan.TREES
    bagged: bool = False

    @property
    def space(self) -> Space:
        """How deep, and on how many columns."""
        return {
            "min_samples_leaf": Whole(1, 20, log=True),
            "max_features": Real(0.2, 1.0),
            "criterion": OneOf(("gini", "entropy"), of_classes=True),
        }

    @property
    def portfolio(self) -> Sequence[Settings]:
        """One that is good on most data, and one of deeper trees."""
        return (
            {"min_samples_leaf": 3, "max_features": 0.5, "criterion": "entropy"},
            {"min_samples_leaf": 1, "max_features": 0.5, "criterion": "entropy"},
        )

    def suits(self, task: Task, classes: int, rows: int, width: int) -> bool:  # noqa: ARG002  # the contract's
        """Where leaves hold few classes."""
        return classes <= 20

    def seconds(self, rows: int, width: int, classes: int) -> float:  # noqa: ARG002  # the contract's
        """Of looking at half the columns at every level."""
        return 6e-9 * rows * float(np.log2(rows + 1)) * width / 2 * _bounds(rows)[0]

    def fit(self, lesson: Lesson, settings: Settings) -> Votes | Trees:
        """Grow the trees."""
        rows = lesson.rows
        absent = _absent(rows.matrix)
        model = _grow(lesson, settings, _present(rows.matrix, absent))
        if lesson.judge is not None:
            return _judged(model, lesson, absent)
        grown = [_tree(each.tree_) for each in model.estimators_]
        if not lesson.task.is_classification:
            every = [_numbered(tree, values, len(grown)) for tree, values in grown]
            return forest.grown(every, np.zeros(1), STEP, native=lambda matrix: _predicted(model, matrix, absent))
        shares = np.zeros((sum(len(values) for _, values in grown), max(2, lesson.classes)), dtype=np.float32)
        shares[:, np.asarray(model.classes_, dtype=np.int64)] = np.concatenate([values for _, values in grown])
        voting = forest.grown([tree for tree, _ in grown], np.zeros(1), STEP)
        return Votes(voting, shares, native=lambda matrix: _voted(model, matrix, absent, shares.shape[1]))

    def load(self, arrays: Arrays) -> Votes | Trees:
        """From a checkpoint."""
        trees = forest.load(arrays, STEP)
        return Votes(trees, arrays["shares"]) if "shares" in arrays else trees


def _grow(lesson: Lesson, settings: Settings, matrix: Matrix) -> Any:
    """Some trees at a time, which are the same as all at once, until there are enough or the time is up."""
    rows, is_classes = lesson.rows, lesson.task.is_classification
    trees, leaves = _bounds(len(rows.answers))
    told = {name: value for name, value in settings.items() if name != "criterion" or is_classes}
    model = (ExtraTreesClassifier if is_classes else ExtraTreesRegressor)(
        max_leaf_nodes=leaves, random_state=lesson.seed, n_jobs=1, warm_start=True, **told
    )
    for so_far in (*range(STEP_TREES, trees, STEP_TREES), trees):
        with _huge():
            model.set_params(n_estimators=so_far).fit(matrix, rows.answers, sample_weight=rows.weights)
        if lesson.budget.is_over:
            break
    return model


def _judged(model: Any, lesson: Lesson, absent: NDArray[np.float32]) -> Votes | Trees:
    """A forest that answers the judging rows and never serves: its trees are not taken apart."""
    none = forest.grown([], np.zeros(1), STEP)
    if not lesson.task.is_classification:
        return replace(none, native=lambda matrix: _predicted(model, matrix, absent))
    classes = max(2, lesson.classes)
    empty = np.empty((0, classes), dtype=np.float32)
    return Votes(none, empty, native=lambda matrix: _voted(model, matrix, absent, classes))


def _bounds(rows: int) -> tuple[int, int]:
    """How many trees, and of how many leaves at most, so that the file stays small."""
    return (200, 1_000) if rows <= 2_000 else (120, 1_200)


def _absent(matrix: Matrix) -> NDArray[np.float32]:
    """What stands for NaN in each column, shape [width]: less than every number, so that it goes left.

    Not far less, since extra trees draw their thresholds evenly between the least value and the greatest.
    """
    there = ~np.isnan(matrix)
    least = np.min(matrix, axis=0, where=there, initial=np.inf).astype(np.float64)
    greatest = np.max(matrix, axis=0, where=there, initial=-np.inf).astype(np.float64)
    least, greatest = (np.where(there.any(axis=0), each, 0.0) for each in (least, greatest))
    below = np.where(greatest > least, (greatest - least) * GAP, np.maximum(np.abs(least), 1.0) * GAP)
    return np.asarray(np.maximum(least - below, -LARGEST), dtype=np.float32)


def _huge() -> np.errstate:
    """scikit-learn adds all numbers up to see whether one is NaN; the largest ones are too much for that."""
    return np.errstate(over="ignore", invalid="ignore")


def _present(matrix: Matrix, absent: NDArray[np.float32]) -> Matrix:
    return np.where(np.isnan(matrix), absent, matrix)


def _predicted(model: Any, matrix: Matrix, absent: NDArray[np.float32]) -> Floats:
    if not len(matrix):  # which scikit-learn refuses
        return np.empty((0, 1))
    with _huge():
        return np.asarray(model.predict(_present(matrix, absent)), dtype=np.float64).reshape(-1, 1)


def _voted(model: Any, matrix: Matrix, absent: NDArray[np.float32], classes: int) -> Floats:
    votes = np.zeros((len(matrix), classes))
    if len(matrix):
        with _huge():
            votes[:, np.asarray(model.classes_, dtype=np.int64)] = model.predict_proba(_present(matrix, absent))
    return votes


def _scores(votes: Floats) -> Floats:
    if votes.shape[1] == 2:
        second = votes[:, 1:]
        return np.log(np.maximum(second, LEAST) / np.maximum(1.0 - second, LEAST))
    return np.log(np.maximum(votes, LEAST))


def _clipped(graph: Graph, tensor: str) -> str:
    return graph.add("Max", tensor, graph.number(LEAST))


def _tree(tree: Any) -> tuple[forest.Tree, NDArray[np.float32]]:
    """The splits, and what each leaf holds, shape [leaves, outputs]."""
    left, right = tree.children_left.astype(np.int64), tree.children_right.astype(np.int64)
    is_leaf = left < 0
    if is_leaf[0]:
        return _SAME, np.repeat(tree.value[:, 0, :].astype(np.float32), 2, axis=0)
    place = np.where(is_leaf, ~(np.cumsum(is_leaf) - 1), np.cumsum(~is_leaf) - 1).astype(np.int32)
    values = tree.value[is_leaf, 0, :].astype(np.float32)
    none = np.zeros(len(values), dtype=np.int32)
    split = ~is_leaf
    grown = forest.Tree(
        feature=tree.feature[split].astype(np.int32),
        threshold=forest.floored(tree.threshold[split]),
        left=place[left[split]],
        right=place[right[split]],
        missing_left=np.ones(int(split.sum()), dtype=np.bool_),
        value=none.astype(np.float32),
        target=none,
        depth=float(np.log2(len(values))) + 2.0,
    )
    return grown, values


# A tree that learnt nothing: it asks, and both leaves hold the same.
_SAME = forest.Tree(
    feature=np.zeros(1, dtype=np.int32),
    threshold=np.zeros(1, dtype=np.float32),
    left=np.array([~0], dtype=np.int32),
    right=np.array([~1], dtype=np.int32),
    missing_left=np.ones(1, dtype=np.bool_),
    value=np.zeros(2, dtype=np.float32),
    target=np.zeros(2, dtype=np.int32),
)


def _numbered(tree: forest.Tree, values: NDArray[np.float32], trees: int) -> forest.Tree:
    return replace(tree, value=values[:, 0] / np.float32(trees))


def _summed(trees: Trees, value: NDArray[np.float32]) -> Trees:
    return replace(trees, value=value, native=None)


def _placed(trees: Trees, graph: Graph, matrix: str) -> str:
    """Each row's leaf in each tree, INT64 [rows, trees]: every tree is an output that says its leaf's place."""
    count = len(trees.roots)
    owner = _owners(trees)
    places = np.arange(len(owner), dtype=np.float32)
    found = graph.add(
        "TreeEnsemble",
        matrix,
        domain=ML_DOMAIN,
        n_targets=count,
        aggregate_function=1,
        post_transform=0,
        **trees.attributes(places, owner),
    )
    return graph.cast(found, TensorProto.INT64)


def _owners(trees: Trees) -> NDArray[np.int32]:
    """The tree of each leaf; trees lie one after another, each with its root first."""
    owner = np.empty(len(trees.value), dtype=np.int32)
    tree = np.searchsorted(trees.roots, np.arange(len(trees.feature)), side="right") - 1
    for children in (trees.left, trees.right):
        owner[~children[children < 0]] = tree[children < 0]
    return owner
