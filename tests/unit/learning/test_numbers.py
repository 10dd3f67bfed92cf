from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onnx import TensorProto

from millrace.data.table import Table
from millrace.domain.schema import Column, Kind
from millrace.learning import numbers, scaled
from millrace.learning.dates import PARTS
from millrace.learning.numbers import LARGEST, Numbers
from millrace.learning.onnx_graph import Graph
from millrace.learning.scaled import Scaled
from millrace.learning.trainer import Matrix

NUMBER, DATE = Column("n", Kind.NUMBER), Column("d", Kind.DATE)
ANY = st.one_of(
    st.floats(width=64),
    st.sampled_from([LARGEST, -LARGEST, np.nextafter(LARGEST, np.inf), 1e39, 1.7e308, -1.7e308, 5e-324, 0.0, -0.0]),
)


def table(*values: float) -> Table:
    return Table({"n": np.array(values, dtype=np.float64)}, len(values))


def in_the_graph(block: Numbers | Scaled, rows: Table, columns: list[Column]) -> Matrix:
    graph = Graph(columns, ["out"])
    graph.add("Identity", block.build(graph), output="out")
    model = graph.finish([("out", TensorProto.FLOAT, block.width)]).SerializeToString()
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    (found,) = session.run(["out"], {name: values.reshape(-1, 1) for name, values in rows.columns.items()})
    return np.asarray(found)


def test_trees_get_numbers_as_they_are_and_learn_what_missing_means() -> None:
    seen = numbers.fit(table(1.0, 3.0, np.nan), [NUMBER])
    np.testing.assert_array_equal(seen.transform(table(2.0, np.nan)), [[2.0], [np.nan]])
    unseen = numbers.fit(table(1.0, 3.0, 7.0), [NUMBER])
    np.testing.assert_array_equal(unseen.transform(table(np.nan)), [[3.0]])


def test_infinities_are_missing_and_what_fp32_lacks_is_its_largest() -> None:
    fitted = numbers.fit(table(1.0, np.inf, np.nan), [NUMBER])
    rows = table(np.inf, -np.inf, 1e39, -1e39, 5.0)
    np.testing.assert_array_equal(
        fitted.transform(rows)[:, 0], np.array([np.nan, np.nan, LARGEST, -LARGEST, 5.0], np.float32)
    )


def test_numbers_that_fp32_makes_equal_are_told_apart() -> None:
    """Counters and times of day since an epoch: 16777216 and 16777217 are one FP32 number."""
    fitted = numbers.fit(table(16777216.0, 16777217.0, 16777218.0), [NUMBER])
    assert fitted.shift[0] == 16777217.0
    assert fitted.transform(table(16777216.0, 16777217.0, 16777218.0))[:, 0].tolist() == [-1.0, 0.0, 1.0]
    assert numbers.fit(table(1.0, 2.0), [NUMBER]).shift[0] == 0.0


def test_columns_are_numbers_and_booleans_and_then_the_parts_of_dates() -> None:
    flag = Column("f", Kind.BOOLEAN)
    rows = Table({"d": np.array([0.0, 86400.0]), "n": np.array([1.0, 2.0]), "f": np.array([0.0, 1.0])}, 2)
    fitted = numbers.fit(rows, [DATE, NUMBER, flag])
    assert (fitted.numbers, fitted.dates) == (("n", "f"), ("d",))
    assert fitted.width == 2 + len(PARTS)
    assert fitted.transform(rows)[:, :2].tolist() == [[1.0, 0.0], [2.0, 1.0]]


@given(learned=st.lists(ANY, min_size=1, max_size=12), asked=st.lists(ANY, max_size=12), hinges=st.booleans())
@settings(max_examples=60, deadline=None)
@example(learned=[8.988465674311579e307, 8.98846567431158e307], asked=[], hinges=False)
def test_the_graph_says_the_same_of_any_numbers(learned: list[float], asked: list[float], hinges: bool) -> None:
    rows = table(*asked, *learned)
    plain = numbers.fit(table(*learned), [NUMBER])
    np.testing.assert_array_equal(in_the_graph(plain, rows, [NUMBER]), plain.transform(rows))
    bent = scaled.fit(table(*learned), [NUMBER], hinges=hinges)
    np.testing.assert_allclose(in_the_graph(bent, rows, [NUMBER]), bent.transform(rows), rtol=0, atol=1e-6)


def test_the_graph_says_the_same_of_dates() -> None:
    random = np.random.default_rng(0)
    days = random.uniform(-6e10, 2.5e11, 300)
    days[:4] = [np.nan, np.inf, -np.inf, 0.0]
    rows = Table({"d": days}, 300)
    for block in (numbers.fit(rows, [DATE]), scaled.fit(rows, [DATE], hinges=True)):
        np.testing.assert_allclose(in_the_graph(block, rows, [DATE]), block.transform(rows), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("count", [0, 1])
def test_a_handful_of_rows(count: int) -> None:
    fitted = numbers.fit(table(*[2.0] * count), [NUMBER])
    assert fitted.transform(table()).shape == (0, 1)
    np.testing.assert_array_equal(fitted.transform(table(np.nan)), [[2.0 if count else 0.0]])
