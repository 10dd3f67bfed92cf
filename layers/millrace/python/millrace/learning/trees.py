"""A LightGBM booster as an ONNX tree ensemble in FP64, whose comparisons are the booster's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import numpy_helper

from millrace.learning.onnx_graph import ML_DOMAIN, Graph
from millrace.learning.trainer import Floats

_SUM = 1
_NO_TRANSFORM = 0
_BRANCH_LEQ = 0


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """A booster whose tree i adds to output i modulo `outputs`."""

    booster: Any
    outputs: int
    threads: int
    step: str = "lightgbm/1"

    @classmethod
    def of(cls, booster: Any, outputs: int, threads: int) -> Trees:
        """Wrap a fitted booster."""
        return cls(booster, outputs, threads)

    def score(self, matrix: Floats) -> Floats:
        """Raw scores, shape [rows, outputs]."""
        scores = self.booster.predict(matrix, raw_score=True, num_threads=self.threads)
        return np.asarray(scores, dtype=np.float64).reshape(len(matrix), self.outputs)

    def build(self, graph: Graph, matrix: str) -> str:
        """The ensemble as one node. Trees that are a single leaf become part of a constant that is added."""
        nodes = Nodes()
        base = np.zeros((1, self.outputs))
        for index, tree in enumerate(self.booster.dump_model()["tree_info"]):
            root = tree["tree_structure"]
            if "split_index" in root:
                nodes.add_tree(root, index % self.outputs)
            else:
                base[0, index % self.outputs] += root["leaf_value"]
        if not nodes.roots:
            rows = graph.add("Shape", matrix, start=0, end=1)
            shape = graph.add("Concat", rows, graph.constant(np.array([1], dtype=np.int64)), axis=0)
            return graph.add("Expand", graph.constant(base), shape)
        scores = graph.add(
            "TreeEnsemble",
            matrix,
            domain=ML_DOMAIN,
            n_targets=self.outputs,
            aggregate_function=_SUM,
            post_transform=_NO_TRANSFORM,
            **nodes.attributes(),
        )
        return graph.plus(scores, graph.constant(base)) if base.any() else scores


@dataclass(slots=True)
class Nodes:
    """The attributes of ai.onnx.ml TreeEnsemble (version 5), grown tree by tree."""

    roots: list[int] = field(default_factory=list)
    features: list[int] = field(default_factory=list)
    splits: list[float] = field(default_factory=list)
    missing_true: list[int] = field(default_factory=list)
    true_ids: list[int] = field(default_factory=list)
    true_leafs: list[int] = field(default_factory=list)
    false_ids: list[int] = field(default_factory=list)
    false_leafs: list[int] = field(default_factory=list)
    leaf_targets: list[int] = field(default_factory=list)
    leaf_weights: list[float] = field(default_factory=list)

    def add_tree(self, root: dict[str, Any], target: int) -> None:
        """Append a tree with at least one split, parents before children."""
        first = len(self.features)
        order = list(_splits(root))
        place = {node["split_index"]: first + i for i, node in enumerate(order)}
        self.roots.append(first)
        for node in order:
            self.features.append(node["split_feature"])
            self.splits.append(node["threshold"])
            self.missing_true.append(int(_missing_goes_left(node)))
            for child, ids, leafs in (
                (node["left_child"], self.true_ids, self.true_leafs),
                (node["right_child"], self.false_ids, self.false_leafs),
            ):
                is_leaf = "split_index" not in child
                leafs.append(int(is_leaf))
                ids.append(self._add_leaf(child, target) if is_leaf else place[child["split_index"]])

    def attributes(self) -> dict[str, Any]:
        """The operator's attributes."""
        return {
            "tree_roots": self.roots,
            "nodes_featureids": self.features,
            "nodes_splits": numpy_helper.from_array(np.array(self.splits, dtype=np.float64)),
            "nodes_modes": numpy_helper.from_array(np.full(len(self.features), _BRANCH_LEQ, dtype=np.uint8)),
            "nodes_missing_value_tracks_true": self.missing_true,
            "nodes_truenodeids": self.true_ids,
            "nodes_trueleafs": self.true_leafs,
            "nodes_falsenodeids": self.false_ids,
            "nodes_falseleafs": self.false_leafs,
            "leaf_targetids": self.leaf_targets,
            "leaf_weights": numpy_helper.from_array(np.array(self.leaf_weights, dtype=np.float64)),
        }

    def _add_leaf(self, leaf: dict[str, Any], target: int) -> int:
        self.leaf_targets.append(target)
        self.leaf_weights.append(leaf["leaf_value"])
        return len(self.leaf_weights) - 1


def _splits(root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node[side] for side in ("right_child", "left_child") if "split_index" in node[side])


def _missing_goes_left(node: dict[str, Any]) -> bool:
    """Where LightGBM sends NaN: its learnt default, or, at a split that saw none, where zero goes."""
    if node["missing_type"] == "NaN":
        return bool(node["default_left"])
    return bool(node["threshold"] >= 0.0)
