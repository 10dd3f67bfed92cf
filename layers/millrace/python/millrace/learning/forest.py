"""Decision trees as arrays: one form for every library's, scored here and as one node of the graph, alike to the bit.

Features are FP32, so that a threshold rounded towards minus infinity to FP32 decides as the library's own does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from millrace.data.table import Index
from millrace.learning.onnx_graph import ML_DOMAIN, Graph
from millrace.learning.trainer import Arrays, Floats, Matrix

_SUM = 1
_NO_TRANSFORM = 0
_BRANCH_LEQ = 0
_BYTES = 27  # of a split with its leaf in the file
_TREE = 0.04  # microseconds to begin a tree, most of it waiting for memory
_VISIT = 0.005  # and of a node's visit
_PART = 4_000_000  # places of rows in trees that are walked at a time

Native = Callable[[Matrix], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """N splits of T trees. A child below 0 is leaf ~child, else a split; a value goes left if <= the threshold.

    `feature`, `threshold`, `left`, `right`, `missing_left` of shape [N]; `roots` [T], where a tree of one leaf has
    ~leaf. Leaf l adds `value[l]` to output `target[l]`; `base` [outputs] is added once.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    missing_left: NDArray[np.bool_]
    roots: NDArray[np.int32]
    value: NDArray[np.float32]
    target: NDArray[np.int32]
    base: Floats
    step: str
    rounds: int | None = None
    depth: float = 6.0  # of an average leaf
    native: Native | None = field(default=None, compare=False)

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self.feature) * _BYTES

    @property
    def cost(self) -> float:
        """About how many microseconds a row takes."""
        return len(self.roots) * (_TREE + self.depth * _VISIT)

    def score(self, matrix: Matrix) -> Floats:
        """Scores, shape [rows, outputs]: the library's own while it is at hand."""
        if self.native is not None:
            return self.native(matrix)
        return self.walk(matrix)

    def walk(self, matrix: Matrix) -> Floats:
        """Scores from the arrays."""
        scores = np.tile(self.base, (len(matrix), 1))
        rows = max(1, _PART // max(1, len(self.roots)))
        for start in range(0, len(matrix), rows):
            leaves = self.leaves(matrix[start : start + rows])
            for output in range(len(self.base)):
                values = np.where(self.target == output, self.value, 0.0)
                scores[start : start + rows, output] += values[leaves].sum(axis=1)
        return scores

    def leaves(self, matrix: Matrix) -> Index:
        """Each row's leaf in each tree, shape [rows, T]."""
        at = np.tile(self.roots.astype(np.int64), (len(matrix), 1))
        rows, trees = np.nonzero(at >= 0)
        while len(rows):
            places = at[rows, trees]
            seen = matrix[rows, self.feature[places]]
            goes_left = np.where(np.isnan(seen), self.missing_left[places], seen <= self.threshold[places])
            after = np.where(goes_left, self.left[places], self.right[places])
            at[rows, trees] = after
            rows, trees = rows[after >= 0], trees[after >= 0]
        return ~at

    def build(self, graph: Graph, matrix: str) -> str:
        """The same in a graph, added up in FP32; an FP64 tensor."""
        grown = self._grown()
        base = graph.constant(grown.base.reshape(1, -1))
        if not len(grown.roots):
            rows = graph.add("Shape", matrix, start=0, end=1)
            shape = graph.add("Concat", rows, graph.constant(np.array([1], dtype=np.int64)), axis=0)
            return graph.add("Expand", base, shape)
        scores = graph.add(
            "TreeEnsemble",
            matrix,
            domain=ML_DOMAIN,
            n_targets=len(self.base),
            aggregate_function=_SUM,
            post_transform=_NO_TRANSFORM,
            **grown.attributes(grown.value, grown.target),
        )
        return graph.plus(graph.cast(scores, TensorProto.DOUBLE), base)

    def attributes(self, value: NDArray[np.float32], target: NDArray[np.int32]) -> dict[str, Any]:
        """Those of ai.onnx.ml TreeEnsemble (version 5)."""
        return {
            "tree_roots": self.roots.tolist(),
            "nodes_featureids": self.feature.tolist(),
            "nodes_splits": numpy_helper.from_array(self.threshold),
            "nodes_modes": numpy_helper.from_array(np.full(len(self.feature), _BRANCH_LEQ, dtype=np.uint8)),
            "nodes_missing_value_tracks_true": self.missing_left.astype(np.int64).tolist(),
            "nodes_truenodeids": np.where(self.left < 0, ~self.left, self.left).tolist(),
            "nodes_trueleafs": (self.left < 0).astype(np.int64).tolist(),
            "nodes_falsenodeids": np.where(self.right < 0, ~self.right, self.right).tolist(),
            "nodes_falseleafs": (self.right < 0).astype(np.int64).tolist(),
            "leaf_targetids": target.tolist(),
            "leaf_weights": numpy_helper.from_array(value),
        }

    def mean(self, others: Sequence[Trees]) -> Trees:
        """The trees of all, each with its part of the sum."""
        every = [self, *others]
        return replace(
            joined(every),
            value=(np.concatenate([each.value for each in every]) / np.float32(len(every))).astype(np.float32),
            base=np.mean([each.base for each in every], axis=0),
            rounds=None if self.rounds is None else round(float(np.mean([each.rounds or 0 for each in every]))),
            native=_mean_of([each.score for each in every]) if all(each.native for each in every) else None,
        )

    def dump(self) -> Arrays:
        """All of it as arrays."""
        return {
            "feature": self.feature,
            "threshold": self.threshold,
            "left": self.left,
            "right": self.right,
            "missing_left": self.missing_left,
            "roots": self.roots,
            "value": self.value,
            "target": self.target,
            "base": self.base,
            "rounds": np.array(-1 if self.rounds is None else self.rounds),
            "depth": np.array(self.depth),
        }

    def _grown(self) -> Trees:
        """Without the trees of one leaf, which become part of the base."""
        stumps = ~self.roots[self.roots < 0]
        if not len(stumps):
            return self
        base = self.base + np.bincount(self.target[stumps], self.value[stumps].astype(np.float64), len(self.base))
        return replace(self, roots=self.roots[self.roots >= 0], base=base)


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """One tree, its first split the root; children as in `Trees`. `target` and `value` by leaf."""

    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    missing_left: NDArray[np.bool_]
    value: NDArray[np.float32]
    target: NDArray[np.int32]
    depth: float = 1.0

    @classmethod
    def leaf(cls, value: Floats, target: NDArray[np.int32]) -> Tree:
        """A tree that is one leaf."""
        none = np.empty(0, dtype=np.int32)
        return cls(none, none.astype(np.float32), none, none, none.astype(np.bool_), value.astype(np.float32), target)


def grown(
    every: Sequence[Tree], base: Floats, step: str, *, rounds: int | None = None, native: Native | None = None
) -> Trees:
    """Trees that add up to `base` [outputs] and the leaves of all of them."""
    splits = np.cumsum([0, *(len(tree.feature) for tree in every)])
    leaves = np.cumsum([0, *(len(tree.value) for tree in every)])

    roots = [splits[i] if len(tree.feature) else ~leaves[i] for i, tree in enumerate(every)]
    return Trees(
        feature=_together([tree.feature for tree in every], np.int32),
        threshold=_together([tree.threshold for tree in every], np.float32),
        left=_moved([tree.left for tree in every], splits, leaves),
        right=_moved([tree.right for tree in every], splits, leaves),
        missing_left=_together([tree.missing_left for tree in every], np.bool_),
        roots=np.array(roots, dtype=np.int32),
        value=_together([tree.value for tree in every], np.float32),
        target=_together([tree.target for tree in every], np.int32),
        base=np.asarray(base, dtype=np.float64),
        step=step,
        rounds=rounds,
        depth=float(np.mean([tree.depth for tree in every])) if every else 1.0,
        native=native,
    )


def load(arrays: Arrays, step: str) -> Trees:
    """Trees from what `dump` gave."""
    rounds = int(arrays["rounds"])
    return Trees(
        feature=arrays["feature"],
        threshold=arrays["threshold"],
        left=arrays["left"],
        right=arrays["right"],
        missing_left=arrays["missing_left"],
        roots=arrays["roots"],
        value=arrays["value"],
        target=arrays["target"],
        base=arrays["base"],
        step=step,
        rounds=None if rounds < 0 else rounds,
        depth=float(arrays["depth"]),
    )


def joined(every: Sequence[Trees]) -> Trees:
    """The trees of all in one set, children and leaves renumbered."""
    splits = np.cumsum([0, *(len(each.feature) for each in every)])
    leaves = np.cumsum([0, *(len(each.value) for each in every)])
    return replace(
        every[0],
        feature=_together([each.feature for each in every], np.int32),
        threshold=_together([each.threshold for each in every], np.float32),
        left=_moved([each.left for each in every], splits, leaves),
        right=_moved([each.right for each in every], splits, leaves),
        missing_left=_together([each.missing_left for each in every], np.bool_),
        roots=_moved([each.roots for each in every], splits, leaves),
        value=_together([each.value for each in every], np.float32),
        target=_together([each.target for each in every], np.int32),
        depth=float(np.average([each.depth for each in every], weights=[max(1, len(each.roots)) for each in every])),
        native=None,
    )


def _together(parts: Sequence[NDArray[Any]], kind: Any) -> NDArray[Any]:
    return np.concatenate(parts).astype(kind) if parts else np.empty(0, dtype=kind)


def _moved(parts: Sequence[NDArray[np.int32]], splits: Index, leaves: Index) -> NDArray[np.int32]:
    """Places of children or roots, once splits and leaves of all parts are numbered on."""
    return _together(
        [np.where(child < 0, child - leaves[i], child + splits[i]) for i, child in enumerate(parts)], np.int32
    )


def floored(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """The greatest FP32 number not above each; x <= it says of FP32 numbers what x <= the threshold does."""
    near = threshold.astype(np.float32)
    return np.where(near > threshold, below(near), near).astype(np.float32)


def below(threshold: NDArray[np.float32]) -> NDArray[np.float32]:
    """The greatest FP32 number below each; x <= it says what x < the threshold does."""
    with np.errstate(over="ignore"):  # below the least is minus infinity
        return np.nextafter(threshold, np.float32(-np.inf))


def _mean_of(natives: Sequence[Native]) -> Native:
    def score(matrix: Matrix) -> Floats:
        total = natives[0](matrix)
        for native in natives[1:]:
            total = total + native(matrix)
        return total / len(natives)

    return score
