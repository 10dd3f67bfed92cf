from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import onnxruntime as ort
import pytest
from numpy.typing import NDArray
from onnx import TensorProto

from millrace.domain.schema import Column, Kind
from millrace.learning.onnx_graph import Graph
from millrace.learning.trees import Nodes, Trees

SETTINGS: dict[str, Any] = {"verbosity": -1, "min_data_in_leaf": 1, "num_threads": 1, "deterministic": True}


def scores(trees: Trees, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """What ONNX Runtime makes of the ensemble."""
    columns = [Column(str(i), Kind.NUMBER) for i in range(matrix.shape[1])]
    graph = Graph(columns, ["scores"])
    graph.add("Identity", trees.build(graph, graph.concat([c.name for c in columns])), output="scores")
    model = graph.finish([("scores", TensorProto.DOUBLE, trees.outputs)]).SerializeToString()
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    feeds = {c.name: np.ascontiguousarray(matrix[:, [i]]) for i, c in enumerate(columns)}
    return np.asarray(session.run(["scores"], feeds)[0])


def grown(matrix: NDArray[np.float64], answers: NDArray[Any], rounds: int = 20, **more: Any) -> lightgbm.Booster:
    settings = SETTINGS | {"objective": "regression"} | more
    return lightgbm.train(settings, lightgbm.Dataset(matrix, answers, params=settings), num_boost_round=rounds)


def splits_of(trees: Trees) -> list[float]:
    nodes = Nodes()
    for tree in trees.booster.dump_model()["tree_info"]:
        nodes.add_tree(tree["tree_structure"], 0)
    return nodes.splits


@pytest.mark.parametrize("high", [True, False])
def test_missing_goes_where_the_booster_learnt_it_belongs(high: bool) -> None:
    """To the left and to the right."""
    x = np.arange(100.0)
    x[::4] = np.nan
    answers = np.where(np.isnan(x), 1.0 if high else 0.0, (x > 50).astype(float))
    trees = Trees(grown(x.reshape(-1, 1), answers), 1, 1)
    probe = np.array([[np.nan], [0.0], [50.0], [51.0], [99.0]])
    found = scores(trees, probe)
    np.testing.assert_allclose(found, trees.score(probe), rtol=0, atol=1e-12)
    assert abs(found[0, 0] - (1.0 if high else 0.0)) < 0.3


def test_missing_where_training_had_none_counts_as_zero() -> None:
    x = np.linspace(-1.0, 1.0, 50).reshape(-1, 1)
    trees = Trees(grown(x, (x[:, 0] > 0.3).astype(float)), 1, 1)
    probe = np.array([[np.nan], [0.0]])
    np.testing.assert_allclose(scores(trees, probe), trees.score(probe), rtol=0, atol=1e-12)


def test_comparisons_hold_at_the_threshold_and_its_neighbours() -> None:
    """In FP32, 0.1 and the next double would be one value."""
    random = np.random.default_rng(0)
    x = np.round(random.normal(size=(400, 3)), 2)
    trees = Trees(grown(x, x[:, 0] * 3 + (x[:, 1] > 0.1) - (x[:, 2] > 0), 50), 1, 1)
    edges = np.unique([*splits_of(trees), *x.ravel()])
    probe = np.concatenate([edges, np.nextafter(edges, np.inf), np.nextafter(edges, -np.inf), [1e300, -1e300, 1e-40]])
    matrix = np.column_stack([probe, probe[::-1], np.roll(probe, 5)])
    np.testing.assert_allclose(scores(trees, matrix), trees.score(matrix), rtol=0, atol=1e-12)


def test_several_outputs() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 2))
    answers = np.digitize(x[:, 0], [-0.5, 0.5])
    trees = Trees(grown(x, answers, objective="multiclass", num_class=3), 3, 1)
    np.testing.assert_allclose(scores(trees, x), trees.score(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("outputs", [1, 3])
def test_trees_of_a_single_leaf_are_a_constant(outputs: int) -> None:
    x = np.zeros((30, 1))
    more: dict[str, Any] = {"objective": "multiclass", "num_class": 3} if outputs == 3 else {}
    trees = Trees(grown(x, np.arange(30) % 3, 5, **more), outputs, 1)
    for rows in (0, 1, 4):
        probe = np.zeros((rows, 1))
        found = scores(trees, probe)
        assert found.shape == (rows, outputs)
        if rows:
            np.testing.assert_allclose(found, trees.score(probe), rtol=0, atol=1e-12)
