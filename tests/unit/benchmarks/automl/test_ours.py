"""How our engine's file is asked: raw texts in, probabilities in the order of the classes' text out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from benchmarks.automl import ours
from benchmarks.automl.programs.asked import Question
from tests import tiny

ROWS = [
    {"age": "30", "member": "yes", "since": "1970-01-02", "city": "Paris"},
    {"age": "", "member": "no", "since": "1970-01-01", "city": "nowhere"},
]


def question(folder: Path) -> Question:
    train = folder / "train.csv"
    train.write_text("x,risk\n1,good\n2,bad\n3,good\n4,also\n")
    return Question(train, folder / "test.csv", "risk", "binary", "auc", 1.0, 1, 0, folder)


def test_classes_are_in_the_order_of_their_text(tmp_path: Path) -> None:
    assert ours.classes_of(question(tmp_path)) == ["also", "bad", "good"]


def test_answers_are_the_graphs_and_a_class_that_it_lacks_has_none() -> None:
    calls = ours.calls_of(tiny.model(), tiny.CLASSIFIES, ROWS, ["also", "bad", "good"], 1)
    answers = calls.answers()
    good = 1 / (1 + np.exp(-np.array([tiny.score(30, 1, 86400, "Paris"), tiny.score(np.nan, 0, 0, "nowhere")])))
    np.testing.assert_allclose(answers, np.column_stack([np.zeros(2), 1 - good, good]), atol=1e-6)
    calls.row(1)()
    calls.batch()


def test_a_regressions_answers_are_values() -> None:
    calls = ours.calls_of(tiny.model(tiny.REGRESSES), tiny.REGRESSES, ROWS, [], 1)
    assert calls.answers() == pytest.approx(
        [tiny.score(30, 1, 86400, "Paris"), tiny.score(np.nan, 0, 0, "nowhere")], abs=1e-6
    )


def test_trees_of_all_members_are_counted() -> None:
    both = [
        helper.make_node("TreeEnsemble", ["x"], ["a"], domain="ai.onnx.ml", tree_roots=[0, 3, 6]),
        helper.make_node("TreeEnsembleRegressor", ["x"], ["b"], domain="ai.onnx.ml", nodes_treeids=[0, 0, 0, 1, 1, 1]),
        helper.make_node("Add", ["a", "b"], ["y"]),
    ]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1]) for name in "xy"]
    graph = helper.make_graph(both, "trees", ends[:1], ends[1:])
    assert ours.trees_of(helper.make_model(graph).SerializeToString()) == 5
    assert ours.trees_of(tiny.model()) == 0
