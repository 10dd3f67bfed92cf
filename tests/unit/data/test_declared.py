"""What the spec says of rows is read from the columns it names, and what is wrong there is told by its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from millrace.data import declared, features
from millrace.data.cells import Cells
from millrace.data.declared import Declared
from millrace.data.table import Floats, Numbers, WrittenTable
from millrace.domain.errors import Rejected
from millrace.domain.manifest import Manifest
from millrace.domain.notation import DecimalMark
from millrace.domain.spec import IN_ORDER, UNORDERED, Spec, Task
from tests import samples
from tests.rows import written
from tests.unit.data.test_time_order import hours

ROWS = 120
STREAM = hours(ROWS)


def read(
    columns: dict[str, Sequence[object]] | WrittenTable, serving: Manifest | None = None, **wishes: Any
) -> Declared:
    table = columns if isinstance(columns, WrittenTable) else written(columns)
    spec = Spec(target="y", **wishes)
    used = features.choose(table, spec, "y", Task.REGRESSION)
    return declared.read(table, used, spec, np.arange(table.rows) * 2, serving)


def table(**more: Sequence[object]) -> dict[str, Sequence[object]]:
    rows = len(next(iter(more.values()))) if more else ROWS
    return {"x": [i * 7 % 13 for i in range(rows)], **more, "y": list(range(rows))}


def refusal(columns: dict[str, Sequence[object]], **wishes: Any) -> tuple[str | None, str | None, str]:
    with pytest.raises(Rejected) as refused:
        read(columns, **wishes)
    return refused.value.code, refused.value.field, refused.value.message


def test_silence_says_nothing() -> None:
    assert read(table()) == declared.NOTHING or read(table()).times is None
    assert read(table()).decisions == ()


@pytest.mark.parametrize(
    ("values", "first"),
    [(["2026-01-02", "2026-01-01", ""] * 40, 1767312000.0), ([3, 1.5, None] * 40, 3.0)],
)
def test_the_time_that_is_named_orders_rows(values: list[object], first: float) -> None:
    found = read(table(at=values), time="at")
    assert found.times is not None
    assert (found.times[0], found.times[0] > found.times[1], np.isnan(found.times[2])) == (first, True, True)
    assert found.ordered_by == "at"
    assert [(each.what, each.choice) for each in found.decisions] == [("held-out rows", "the newest fifth by at")]
    assert [each.code for each in found.warned] == ["untimed_rows"]
    assert found.warned[0].says.startswith("40 of 120 rows have no 'at'")


def test_a_time_may_be_excluded_from_the_features() -> None:
    assert read(table(at=STREAM), time="at", exclude=("at",)).ordered_by == "at"


@pytest.mark.parametrize("values", [["soon", "later", "now"] * 40, [""] * ROWS])
def test_a_time_that_is_none_is_refused(values: list[object]) -> None:
    assert refusal(table(at=values), time="at")[:2] == ("unsupported_time", "time")


@pytest.mark.parametrize("field", ["time", "group", "weights"])
def test_a_column_that_is_absent_or_the_target_is_refused(field: str) -> None:
    assert refusal(table(), **{field: "nobody"})[:2] == ("unknown_column", field)
    with pytest.raises(Rejected) as refused:
        features.choose(written(table()), replace(Spec(), **{field: "y"}), "y", Task.REGRESSION)  # type: ignore[arg-type]  # a column's name
    assert (refused.value.code, refused.value.field) == ("target_as_feature", field)


def test_rows_in_the_order_of_time_have_their_places_in_the_file() -> None:
    found = read(table(), time=IN_ORDER)
    assert found.times is not None
    assert found.times.tolist() == list(range(0, 2 * ROWS, 2))
    assert (found.ordered_by, found.warned) == (IN_ORDER, ())
    assert [each.choice for each in found.decisions] == ["the last fifth"]
    grouped = read(table(who=[i % 50 for i in range(ROWS)]), time=IN_ORDER, group="who")
    assert grouped.times is not None
    assert (grouped.times[0], grouped.times[20]) == (200.0, 140.0)
    again = read(table(), samples.manifest(ordered_by=IN_ORDER))  # a challenger, though its spec be silent
    assert again.times is not None
    assert again.ordered_by == IN_ORDER
    assert read(table(), samples.manifest(ordered_by=IN_ORDER), time=UNORDERED).times is None


def test_a_stream_is_found_and_told() -> None:
    found = read(table(at=STREAM))
    assert found.ordered_by == "at"
    assert [each.code for each in found.warned] == ["ordered_by_time"]
    assert "`time: no`" in found.warned[0].do


@pytest.mark.parametrize("wishes", [{"time": UNORDERED}, {"group": "x"}, {"weights": "at"}])
def test_a_stream_is_not_looked_for_where_the_spec_says_otherwise(wishes: dict[str, Any]) -> None:
    columns = table(at=list(range(1, ROWS + 1)) if "weights" in wishes else STREAM)
    assert read(columns, **wishes).times is None


def test_a_model_that_serves_decides_for_its_challengers() -> None:
    """Else one of the two would be judged on rows that the other learned from."""
    assert read(table(at=STREAM), samples.manifest()).times is None
    turned = [*STREAM[1:], STREAM[0]]
    ordered = samples.manifest(ordered_by="at")
    assert read(table(at=turned), ordered).ordered_by == "at"
    assert read(table(at=turned), ordered).warned == ()
    assert read(table(), ordered).times is None
    assert read(table(at=[""] * ROWS), ordered).times is None
    assert read(table(at=turned), ordered, time=UNORDERED).times is None


def test_rows_that_share_a_value_are_a_group_and_a_blank_is_none() -> None:
    found = read(table(who=["ann", "bob", "Ann ", "", "ann", ""] * 20), group="who")
    assert found.groups is not None
    assert found.group_places is not None
    assert found.groups[0] == found.groups[4]
    assert found.groups[0] == found.groups[2]  # but for case and space, as rows that are held out
    assert len(np.unique(found.groups)) == 2 + 40
    assert [(each.what, each.choice) for each in found.decisions] == [("held-out rows", "whole groups")]


def test_many_numbers_group_as_their_texts_do() -> None:
    numbers = [float(i // 2) for i in range(4000)]
    column = Cells("who")
    column.add(pa.array([*numbers[:-1], None]))
    few = written(table(who=[*numbers[:-1], None]))
    many = WrittenTable({**few.columns, "who": column.written()}, few.rows)
    assert isinstance(many.columns["who"], Numbers)
    one, other = read(few, group="who").group_places, read(many, group="who").group_places
    assert one is not None
    assert other is not None
    np.testing.assert_array_equal(one, other)
    assert len(np.unique(one)) == 2001


def test_a_group_is_as_new_as_its_newest_row() -> None:
    found = read(table(at=STREAM, who=[i % 50 for i in range(ROWS)]), time="at", group="who")
    assert found.times is not None
    assert (found.times[0] - found.times[100], found.times[19], found.times[20]) == (
        0.0,
        found.times[119],
        found.times[70],
    )
    nan = np.nan
    np.testing.assert_array_equal(
        declared.newest_of_group(np.array([1.0, nan, nan, 2.0]), np.array([0, 1, 0, 0])), [2.0, nan, 2.0, 2.0]
    )


def test_weights_have_a_mean_of_one_and_huge_ones_do_not_overflow() -> None:
    def weights(values: list[object], decimal: DecimalMark | None = None) -> Floats:
        found = read(table(w=values), weights="w", decimal=decimal).weights
        assert found is not None
        return found

    np.testing.assert_allclose(weights([0, 1, "2"] * 40), np.array([0.0, 1.0, 2.0] * 40))
    np.testing.assert_allclose(weights([1e308] * ROWS), 1.0)
    np.testing.assert_allclose(weights(["1,5", "0,5"] * 60, DecimalMark.COMMA), np.array([1.5, 0.5] * 60))


@pytest.mark.parametrize(
    ("value", "said"),
    [(-1, "a negative weight"), ("", "no weight that is a number"), ("much", "no weight that is a number")],
)
def test_a_wrong_weight_names_its_row_of_the_file(value: object, said: str) -> None:
    code, field, message = refusal(table(w=[*[1, 2] * 40, value, *[3] * 39]), weights="w")
    assert (code, field) == ("invalid_weights", "weights")
    assert message == f"row 161 of the data has {said} in 'w'"  # every second row of the file has an answer


def test_weights_of_nothing_but_zero_are_refused() -> None:
    assert refusal(table(w=[0] * ROWS), weights="w")[0] == "invalid_weights"


def test_groups_and_weights_are_no_features() -> None:
    columns = written(table(who=[i % 50 for i in range(ROWS)], w=[1 + i % 3 for i in range(ROWS)], at=STREAM))
    used = features.choose(columns, Spec(group="who", weights="w", time="at"), "y", Task.REGRESSION)
    assert [column.name for column in used.columns] == ["x", "at"]
    assert [column.name for column in used.left_out] == ["who", "w"]


def test_some_rows_keep_what_is_said_of_them() -> None:
    found = read(table(at=STREAM, who=list(range(ROWS)), w=[1, 3] * 60), time="at", group="who", weights="w")
    some = found.take(np.array([5, 1]))
    assert found.times is not None
    assert found.groups is not None
    assert found.group_places is not None
    np.testing.assert_array_equal(some.times, found.times[[5, 1]])
    np.testing.assert_array_equal(some.groups, found.groups[[5, 1]])
    np.testing.assert_array_equal(some.group_places, found.group_places[[5, 1]])
    assert some.weights is not None
    np.testing.assert_allclose(some.weights, 1.5)
    assert declared.NOTHING.take(np.array([0])).times is None
