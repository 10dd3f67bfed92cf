from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from millrace.data.cells import Cells
from millrace.data.split import SHARE, positions, sample, split
from millrace.data.table import Numbers, WrittenTable
from millrace.domain.errors import Rejected
from tests.rows import written


def numbered(count: int, offset: int = 0) -> dict[str, list[object]]:
    return {"a": [str(i + offset) for i in range(count)], "b": ["x", "y"] * (count // 2)}


def test_a_fifth_is_held_out() -> None:
    found = split(written(numbered(5000)), None)
    assert abs(len(found.held_out) / 5000 - SHARE) < 0.03
    assert sorted([*found.train, *found.held_out]) == list(range(5000))
    assert found.moved == 0


def test_a_row_held_out_once_is_held_out_in_every_version() -> None:
    """Rows appended, removed or reordered, and columns reordered, move no other row."""
    first = numbered(400)
    places = dict(zip(first["a"], positions(written(first)), strict=True))
    grown = numbered(800, offset=200)
    again = dict(zip(grown["a"], positions(written({"b": grown["b"], "a": grown["a"]})), strict=True))
    common = places.keys() & again.keys()
    assert len(common) == 200
    assert all(places[name] == again[name] for name in common)


def test_equal_rows_are_on_one_side() -> None:
    table = written({name: values * 3 for name, values in numbered(100).items()})
    held = np.isin(np.arange(300), split(table, None).held_out).reshape(3, 100)
    assert (held == held[0]).all()


def test_how_a_value_is_written_does_not_matter() -> None:
    one = written({"n": ["1", "", "2.50"], "d": ["2024-01-31", "", "x"], "b": ["True", "no", ""]})
    other = written({"n": [1.0, None, 2.5], "d": ["2024-01-31T00:00:00Z", None, "X"], "b": [True, "NO", None]})
    np.testing.assert_array_equal(positions(one), positions(other))


def test_a_shift_between_columns_is_another_row() -> None:
    assert positions(written({"a": ["xy"], "b": ["z"]}))[0] != positions(written({"a": ["x"], "b": ["yz"]}))[0]


@pytest.mark.parametrize("seed", range(20))
def test_each_class_is_on_both_sides(seed: int) -> None:
    classes = np.array([0] * 20 + [1, 1, 2, 2, 2])
    table = written({"a": [f"{seed}-{i}" for i in range(25)]})
    found = split(table, classes)
    assert set(classes[found.train]) == set(classes[found.held_out]) == {0, 1, 2}
    natural = positions(table) < SHARE
    assert found.moved == int((np.isin(np.arange(25), found.held_out) != natural).sum())


def test_how_much_a_number_or_a_date_is_held_as_does_not_matter() -> None:
    few = written({"n": [str(i / 8) for i in range(3000)], "t": [f"2024-01-31T{i % 24:02}:00" for i in range(3000)]})
    column = Cells("n")
    column.add(pa.array([i / 8 for i in range(3000)]))
    many = WrittenTable({"t": few.columns["t"], "n": column.written()}, 3000)
    assert isinstance(many.columns["n"], Numbers)
    np.testing.assert_array_equal(positions(few), positions(many))
    assert len(np.unique(positions(few))) == 3000


def test_a_sample_is_of_rows_and_not_of_places() -> None:
    places = positions(written(numbered(5000)))
    chosen = sample(places, 1000, None, 0)
    assert len(chosen) == 1000
    assert (np.diff(chosen) > 0).all()
    assert abs((places[chosen] < SHARE).mean() - SHARE) < 0.05  # not the ones that are held out first
    assert sample(places, 5000, None, 0).tolist() == list(range(5000))
    assert set(sample(places, 500, None, 0)) <= set(chosen)


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(Rejected) as refused:
        split(written({"a": list(range(19))}), None)
    assert refused.value.code == "too_few_rows"
    assert len(split(written({"a": list(range(20))}), None).held_out) >= 1
