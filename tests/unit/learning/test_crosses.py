"""Sums, differences and ratios of numbers, the same here and in the graph."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto

from millrace.data.table import Table
from millrace.domain.schema import Column, Kind
from millrace.learning import crosses
from millrace.learning.crosses import Crosses
from millrace.learning.numbers import LARGEST
from millrace.learning.onnx_graph import Graph
from millrace.learning.trainer import Matrix

COLUMNS = [Column(name, Kind.NUMBER) for name in "abc"]
ANY = st.one_of(st.floats(width=64), st.sampled_from([0.0, -0.0, 1e39, 1.7e308, -1.7e308, 5e-324]))


def table(*rows: tuple[float, float, float]) -> Table:
    values = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return Table({name: values[:, place].copy() for place, name in enumerate("abc")}, len(values))


def fitted(rows: Table, *matters: float) -> Crosses:
    found = crosses.fit(rows, COLUMNS, np.array(matters))
    assert found is not None
    return found


def in_the_graph(made: Crosses, rows: Table) -> Matrix:
    graph = Graph(COLUMNS, ["out"])
    graph.add("Identity", made.build(graph), output="out")
    model = graph.finish([("out", TensorProto.FLOAT, made.width)]).SerializeToString()
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["out"], {name: rows[name].reshape(-1, 1) for name in "abc"})[0])


def test_pairs_of_what_matters_are_added_subtracted_and_divided() -> None:
    learned = table((1.0, 5.0, 10.0), (3.0, 5.0, 30.0))  # deviations 1, none, 10
    made = fitted(learned, 2.0, 0.0, 1.0)
    assert made.width == 3
    assert made.transform(table((4.0, 9.0, 20.0))).tolist() == [[6.0, 2.0, 2.0]]


def test_where_fewer_than_two_matter_there_is_nothing() -> None:
    learned = table((1.0, 5.0, 10.0), (3.0, 5.0, 30.0))
    assert crosses.fit(learned, COLUMNS, np.array([0.0, 0.0, 7.0])) is None


def test_only_those_that_matter_most_are_crossed() -> None:
    learned = table((1.0, 5.0, 10.0), (3.0, 5.0, 30.0))
    assert fitted(learned, 1.0, 2.0, 3.0).width == 9
    assert crosses.MOST < 10  # of ten columns not every pair


def test_what_is_missing_or_beyond_fp32_is_missing() -> None:
    learned = table((1.0, 5.0, 2.0), (3.0, 5.0, 4.0))
    made = fitted(learned, 1.0, 0.0, 1.0)
    found = made.transform(table((np.nan, 0.0, 1.0), (np.inf, 0.0, 1.0), (1.0, 0.0, 0.0), (1e300, 0.0, 1.0)))
    assert np.isnan(found[:2]).all()
    assert np.isnan(found[2, 2])
    assert np.isnan(found[3]).all()


@given(st.lists(st.tuples(ANY, ANY, ANY), min_size=2, max_size=10))
@settings(max_examples=40, deadline=None)
def test_the_graph_says_the_same_of_any_numbers(rows: list[tuple[float, float, float]]) -> None:
    made = fitted(table(*rows), 3.0, 1.0, 2.0)
    found, expected = in_the_graph(made, table(*rows)), made.transform(table(*rows))
    np.testing.assert_array_equal(found, expected)
    assert np.abs(expected[~np.isnan(expected)]).max(initial=0.0) <= LARGEST
