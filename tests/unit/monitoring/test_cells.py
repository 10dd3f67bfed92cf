"""Cells hold about equally many values, whatever the values are, and no edge lies on one."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from millrace.domain.baseline import Cells
from millrace.monitoring import cells

Floats = NDArray[np.float64]
RANDOM = np.random.default_rng(0)
COLUMNS = {
    "nothing": np.empty(0),
    "one value": np.full(50, 3.0),
    "two neighbours": np.array([1.0, np.nextafter(1.0, 2.0)] * 20),
    "five whole numbers": RANDOM.integers(1, 6, 10_000).astype(np.float64),
    "mostly nought": np.where(RANDOM.random(10_000) < 0.7, 0.0, RANDOM.exponential(100.0, 10_000)),
    "many values": RANDOM.normal(size=10_000),
    "heavy and rare by turns": np.repeat(np.arange(400.0), np.where(np.arange(400) % 2, 100, 1)),
    "the greatest floats": np.array([-1.7e308, 0.0, np.finfo(np.float64).max]),
}


@pytest.mark.parametrize("bounded", [True, False])
@pytest.mark.parametrize("values", COLUMNS.values(), ids=COLUMNS)
def test_cells_of_numbers(values: Floats, bounded: bool) -> None:
    check(values, bounded)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)), st.booleans())
def test_cells_of_any_numbers(values: list[float], bounded: bool) -> None:
    check(np.array(values), bounded)


def check(values: Floats, bounded: bool) -> None:
    ordered = np.sort(values)
    made = cells.of_numbers(ordered, bounded=bounded)
    assert made.size <= 128
    assert all(low < high for low, high in zip(made.edges, made.edges[1:], strict=False))
    assert np.isfinite(made.edges).all()
    counts = cells.place_ordered(made, ordered)
    assert counts == cells.place_numbers(made, values)
    assert sum(counts) == len(values)
    inner = counts
    if bounded and len(values):
        assert counts[0] == 0
        inner = counts[1:]
        if math.isfinite(math.nextafter(ordered[-1], math.inf)):
            assert counts[-1] == 0
            inner = counts[1:-1]
    assert all(inner) or not len(values)


def test_few_values_have_a_cell_each_and_many_share_them_evenly() -> None:
    assert len(cells.of_numbers(np.sort(COLUMNS["five whole numbers"]), bounded=False).edges) == 4
    many = cells.of_numbers(np.sort(COLUMNS["many values"]), bounded=False)
    counts = cells.place_numbers(many, COLUMNS["many values"])
    assert len(counts) == cells.NUMBERS
    assert max(counts) <= 1.1 * 10_000 / cells.NUMBERS


def test_a_value_of_many_rows_has_a_cell_for_itself() -> None:
    values = COLUMNS["mostly nought"]
    made = cells.of_numbers(np.sort(values), bounded=True)
    nought = int(np.searchsorted(made.edges, 0.0, side="right"))
    assert cells.place_numbers(made, values)[nought] == (values == 0.0).sum()
    heavy = COLUMNS["heavy and rare by turns"] % 2 == 1
    made = cells.of_numbers(COLUMNS["heavy and rare by turns"], bounded=False)
    assert heavy.any()
    assert made.size <= 128


def test_a_digit_lost_on_the_way_moves_no_value_across_an_edge() -> None:
    scores = np.random.default_rng(1).choice(np.random.default_rng(2).random(40), 5_000)
    made = cells.of_numbers(np.sort(scores), bounded=False)
    rounded = scores.astype(np.float32).astype(np.float64)
    assert cells.place_numbers(made, rounded) == cells.place_numbers(made, scores)


def test_the_commonest_texts_have_a_cell_each() -> None:
    counted = Counter({f"v{number:03}": 1_000 - number for number in range(300)} | {"once": 1})
    made = cells.of_texts(counted)
    assert made.values == tuple(f"v{number:03}" for number in range(200))
    assert cells.place_texts(made, counted)[-1] == sum(1_000 - number for number in range(200, 300)) + 1
    assert cells.of_texts(Counter({"b": 2, "a": 2, "once": 1})) == Cells(values=("a", "b"))
