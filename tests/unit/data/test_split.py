from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from millrace.data.cells import Cells
from millrace.data.declared import Declared, newest_of_group
from millrace.data.row_hash import of_values, positions
from millrace.data.split import SHARE, sample, split
from millrace.data.table import Floats, Index, Numbers, WrittenTable
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


def held(table: WrittenTable, declared: Declared, classes: Index | None = None) -> list[int]:
    return [int(row) for row in split(table, classes, declared).held_out]


def test_the_newest_fifth_is_held_out() -> None:
    times = np.random.default_rng(0).permutation(200).astype(np.float64)
    found = split(written(numbered(200)), None, Declared(times=times))
    assert len(found.held_out) == 40
    assert times[found.train].max() < times[found.held_out].min()
    assert found.moved == 0


def test_rows_of_one_time_are_on_one_side() -> None:
    times = np.repeat(np.arange(9.0), 11)  # a fifth of 99 rows would cut the last but one
    assert held(written(numbered(100)), Declared(times=np.append(times, 0.0))) == list(range(77, 99))


def test_a_row_without_a_time_is_older_than_all() -> None:
    times = np.arange(100.0)
    times[[0, 99]] = np.nan
    assert held(written(numbered(100)), Declared(times=times)) == list(range(79, 99))


@pytest.mark.parametrize("times", [np.zeros(40), np.repeat([0.0, 1.0], [10, 30]), np.full(40, np.nan)])
def test_too_much_of_one_time_is_refused(times: Floats) -> None:
    with pytest.raises(Rejected) as refused:
        split(written(numbered(40)), None, Declared(times=times))
    assert (refused.value.code, refused.value.field) == ("few_times", "time")


def test_each_class_is_learned_though_it_came_late() -> None:
    classes = np.repeat([0, 1, 2], [50, 40, 10])
    found = split(written(numbered(100)), classes, Declared(times=np.arange(100.0)))
    assert set(classes[found.train]) == {0, 1, 2}
    assert set(classes[found.held_out]) == {0, 1, 2}  # and judged though it is gone: the newest of the first
    assert found.held_out.tolist() == [49, *range(80, 90), *range(91, 100)]
    assert found.moved == 2


def grouped(groups: Sequence[int]) -> Declared:
    column = written({"g": groups}).columns["g"]
    return Declared(groups=np.array(groups), group_places=of_values(column))


def test_a_group_is_on_one_side_whatever_joins_it() -> None:
    groups = [i % 50 for i in range(500)]
    found = split(written(numbered(500)), None, grouped(groups))
    first = {groups[row] for row in found.held_out}
    assert first.isdisjoint(groups[row] for row in found.train)
    assert 0.05 < len(found.held_out) / 500 < 0.5
    more = [i % 80 for i in range(960)]
    later = split(written(numbered(960)), None, grouped(more))
    assert {more[row] for row in later.held_out} & set(range(50)) == first


@pytest.mark.parametrize("seed", range(20))
def test_groups_keep_each_class_on_both_sides_where_they_can(seed: int) -> None:
    random = np.random.default_rng(seed)
    groups, classes = random.integers(0, 12, 60), random.choice([0, 1, 2], 60, p=[0.6, 0.35, 0.05])
    classes[:4], groups[:4] = 2, [100, 100, 101, 102]
    found = split(written(numbered(60)), classes, grouped(groups.tolist()))
    assert set(groups[found.train]).isdisjoint(groups[found.held_out])
    assert set(classes[found.train]) == set(classes[found.held_out]) == {0, 1, 2}


def test_a_class_of_one_group_is_learned_and_its_owner_told() -> None:
    groups, classes = np.arange(100) // 5, np.arange(100) % 2
    classes[:5] = 2
    for name in range(30):  # wherever the group's hash lies
        found = split(written(numbered(100)), classes, grouped((groups + 1000 * name).tolist()))
        assert set(classes[found.train]) == {0, 1, 2}
        assert 2 not in classes[found.held_out]
        assert [each.code for each in found.warned][-1] == "unjudged_classes"


def test_groups_of_unlike_size_are_told() -> None:
    groups = [0] * 70 + [i // 3 for i in range(30)]
    for name in range(20):
        found = split(written(numbered(100)), None, grouped([g + 100 * name for g in groups]))
        share = len(found.held_out) / 100
        assert [each.code for each in found.warned] == ([] if 0.05 <= share <= 0.5 else ["uneven_groups"])


def test_the_newest_groups_are_held_out_where_rows_have_times_too() -> None:
    groups = np.arange(100) % 20
    times = np.arange(100.0)
    found = split(written(numbered(100)), None, replace(grouped(groups.tolist()), times=newest_of_group(times, groups)))
    assert set(groups[found.held_out]) == {16, 17, 18, 19}


@pytest.mark.parametrize("groups", [[0] * 40, [0] * 20 + [1] * 20])
def test_too_few_groups_are_refused(groups: list[int]) -> None:
    with pytest.raises(Rejected) as refused:
        split(written(numbered(40)), None, grouped(groups))
    assert (refused.value.code, refused.value.field) == ("too_few_groups", "group")


def test_groups_that_leave_one_class_to_judge_are_refused() -> None:
    groups = [i // 10 for i in range(40)]
    with pytest.raises(Rejected) as refused:
        split(written(numbered(40)), np.array([0] * 10 + [1] * 30), grouped(groups))
    assert refused.value.code == "too_few_groups"


def test_weights_that_are_all_held_out_are_refused() -> None:
    weights = np.array([0.0] * 90 + [1.0] * 10)
    with pytest.raises(Rejected) as refused:
        split(written(numbered(100)), None, Declared(times=np.arange(100.0), weights=weights))
    assert (refused.value.code, refused.value.field) == ("invalid_weights", "weights")
