from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto

from millrace.data.table import Table
from millrace.domain.schema import MISSING_TOKEN, Column, Kind
from millrace.learning import categories
from millrace.learning.categories import SMOOTHING, Lookup
from millrace.learning.onnx_graph import Graph

COLUMN = Column("c", Kind.CATEGORY, MISSING_TOKEN)
WORDS = st.lists(st.sampled_from(["a", "A", " a", "b", "", MISSING_TOKEN, "数", "x" * 300]), min_size=1, max_size=40)


def texts(*values: str) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    return np.array(values, dtype=object)


def test_those_seen_twice_have_a_place_the_commonest_first() -> None:
    assert categories.vocabulary(texts("a", "b", "b", "once", "a", "b", "c", "c")) == ("b", "a", "c")
    assert categories.vocabulary(texts("b", "a")) == ("a",)  # a column is never of no width
    assert categories.codes(("b", "a"), texts("a", "b", "new", "B")).tolist() == [1, 0, 2, 2]


def test_rare_ones_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(categories, "MOST", 2)
    assert categories.vocabulary(texts(*"aaabbbccdd")) == ("a", "b")


def test_indicators_are_of_the_commonest() -> None:
    assert categories.indicators(3, 2).tolist() == [[1, 0], [0, 1], [0, 0], [0, 0]]
    assert categories.indicators(2, 9).tolist() == [[1, 0], [0, 1], [0, 0]]


def test_frequencies_are_logarithms_of_rows() -> None:
    places = np.array([0, 0, 0, 1, 2])  # two categories, and others
    np.testing.assert_allclose(categories.frequencies(places, 2)[:, 0], np.log([4.0, 2.0, 2.0]), rtol=1e-6)


def test_means_are_drawn_to_the_overall_one() -> None:
    places = np.array([0] * 30 + [1] * 10)
    wanted = np.array([[1.0]] * 30 + [[0.0]] * 10)
    overall = 0.75
    expected = [
        (30.0 + SMOOTHING * overall) / (30.0 + SMOOTHING),
        (0.0 + SMOOTHING * overall) / (10.0 + SMOOTHING),
        overall,  # never seen
    ]
    np.testing.assert_allclose(categories.means(places, 2, wanted, None)[:, 0], expected, rtol=1e-6)


def test_a_row_of_weight_three_counts_as_three() -> None:
    random = np.random.default_rng(0)
    places, wanted = random.integers(0, 4, 50), random.normal(size=(50, 2))
    weights = random.integers(1, 4, 50)
    again = np.repeat(np.arange(50), weights)
    weighted = categories.means(places, 3, wanted, weights.astype(np.float64))
    np.testing.assert_allclose(weighted, categories.means(places[again], 3, wanted[again], None), rtol=1e-5, atol=1e-6)


@given(seed=st.integers(0, 1000), folds=st.integers(2, 5))
@settings(max_examples=30, deadline=None)
def test_a_rows_own_fold_says_nothing_of_its_mean(seed: int, folds: int) -> None:
    random = np.random.default_rng(seed)
    places, wanted, numbers = random.integers(0, 4, 40), random.normal(size=(40, 2)), random.integers(0, folds, 40)
    found = categories.out_of_fold_means(places, 3, wanted, None, numbers)
    changed = wanted.copy()
    changed[numbers == 0] += 100.0
    again = categories.out_of_fold_means(places, 3, changed, None, numbers)
    np.testing.assert_array_equal(found[numbers == 0], again[numbers == 0])
    for row in range(40):
        others = numbers != numbers[row]
        expected = categories.means(places[others], 3, wanted[others], None)[places[row]]
        np.testing.assert_array_equal(found[row], expected)


def test_noise_does_not_leak_through_means() -> None:
    """A category of each row's own would, in sample, say everything."""
    random = np.random.default_rng(0)
    places, wanted, numbers = random.integers(0, 300, 600), random.normal(size=(600, 1)), np.arange(600) % 8
    inside = categories.means(places, 300, wanted, None)[places][:, 0]
    outside = categories.out_of_fold_means(places, 300, wanted, None, numbers)[:, 0]
    assert np.corrcoef(inside, wanted[:, 0])[0, 1] > 0.5
    assert abs(np.corrcoef(outside, wanted[:, 0])[0, 1]) < 0.2


@given(seen=WORDS, asked=WORDS)
@settings(max_examples=40, deadline=None)
def test_the_graph_looks_up_the_same(seen: list[str], asked: list[str]) -> None:
    values = categories.vocabulary(texts(*seen))
    rows = np.random.default_rng(0).normal(size=(len(values) + 1, 3)).astype(np.float32)
    lookup = Lookup("c", values, rows)
    graph = Graph([COLUMN], ["out"])
    one = graph.constant(np.array([1], dtype=np.int64))
    graph.add("Squeeze", lookup.build(graph), one, output="out")
    model = graph.finish([("out", TensorProto.FLOAT, 3)]).SerializeToString()
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    (found,) = session.run(["out"], {"c": texts(*asked).reshape(-1, 1)})
    np.testing.assert_array_equal(found, lookup.transform(Table({"c": texts(*asked)}, len(asked))))
