"""A quantile transform, the same here and in the graph."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto

from millrace.data.table import Table
from millrace.domain.schema import Column, Kind
from millrace.learning import quantiles, scaled
from millrace.learning.onnx_graph import Graph
from millrace.learning.quantiles import MOST, STEPS, QuantileTransform
from millrace.learning.trainer import Floats, Matrix

NUMBERS = [Column(name, Kind.NUMBER) for name in ("n", "m")]
EDGE = float(np.sqrt(3.0))  # of a uniform variable of deviation 1


def fitted(*columns: Floats | list[float]) -> QuantileTransform:
    found = quantiles.fit([np.asarray(values, dtype=np.float64) for values in columns])
    assert found is not None
    return found


def transformed(made: QuantileTransform, *columns: Floats | list[float]) -> Matrix:
    return made.transform(np.array(columns, dtype=np.float64).T)


def in_the_graph(table: Table, asked: Table) -> tuple[Matrix, Matrix]:
    """What the graph and the pipeline make of the rows `asked`, fitted to `table`."""
    block = scaled.fit(table, NUMBERS, ranks=True)
    graph = Graph(NUMBERS, ["out"])
    graph.add("Identity", block.build(graph), output="out")
    model = graph.finish([("out", TensorProto.FLOAT, block.width)]).SerializeToString()
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    (found,) = session.run(["out"], {name: values.reshape(-1, 1) for name, values in asked.columns.items()})
    return np.asarray(found), block.transform(asked)


@pytest.mark.parametrize("skew", [np.exp, np.cbrt, np.tanh])
def test_a_skewed_number_becomes_uniform(skew: np.ufunc) -> None:
    values = skew(np.random.default_rng(0).normal(size=20_000))
    found = transformed(fitted(values), values)[:, 0]
    assert (found.min(), found.max()) == (pytest.approx(-EDGE), pytest.approx(EDGE))
    shares = np.histogram(found, bins=STEPS, range=(-EDGE, EDGE))[0] / len(found)
    np.testing.assert_allclose(shares, 1.0 / STEPS, atol=0.002)
    assert (np.diff(found[np.argsort(values)]) >= 0.0).all()


def test_between_quantiles_it_is_straight_and_beyond_them_flat() -> None:
    made = fitted(np.arange(STEPS + 1.0))
    found = transformed(made, [-5.0, 0.0, 0.5, STEPS / 2.0, STEPS, STEPS + 9.0])[:, 0]
    np.testing.assert_allclose(found, np.array([-1.0, -1.0, 1.0 / STEPS - 1.0, 0.0, 1.0, 1.0]) * EDGE, atol=1e-6)


def test_of_few_different_values_each_step_counts_alike() -> None:
    made = fitted([0.0] * 90 + [1.0] * 7 + [5.0] * 3)
    np.testing.assert_allclose(transformed(made, [0.0, 1.0, 5.0])[:, 0], [-EDGE, 0.0, EDGE], atol=1e-6)


def test_what_says_nothing_more_is_left_out() -> None:
    two, one, none = [0.0, 1.0] * 20, [3.0] * 40, list[float]()
    assert quantiles.fit([np.array(each) for each in (two, one, none)]) is None
    made = fitted(two, np.arange(40.0), one)
    assert (made.places.tolist(), made.width) == ([1], 1)
    assert quantiles.fit([np.arange(40.0)] * (MOST + 1)) is None


NUMBER = st.one_of(st.floats(width=64), st.integers(-9, 9).map(float))
COLUMN = st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=40)


@given(learned=COLUMN, asked=COLUMN)
@settings(max_examples=60, deadline=None)
def test_the_graph_gives_the_same(learned: list[tuple[float, float]], asked: list[tuple[float, float]]) -> None:
    tables = [
        Table({"n": np.array([row[0] for row in each]), "m": np.array([row[1] for row in each])}, len(each))
        for each in (learned, asked)
    ]
    graph, pipeline = in_the_graph(*tables)
    assert np.isfinite(pipeline).all()
    np.testing.assert_allclose(graph, pipeline, atol=2e-6)
