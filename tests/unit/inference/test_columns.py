"""Written values become the graph's columns exactly as the schema's spelling says."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millrace.domain.errors import InvalidInput
from millrace.domain.schema import MISSING_TOKEN, Column, Kind
from millrace.domain.spelling import spell
from millrace.inference.columns import column_of, from_named, from_rows
from tests import tiny

WRITTEN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(),
    st.text(),
    st.sampled_from(["1,234.50", " 7 ", "yes", "2026-01-31", "", "nan", "Köln", "\ud800"]),
)

KNOWING = replace(tiny.CLASSIFIES, ignored=("height", "sign"))


@given(st.sampled_from(Kind), st.lists(WRITTEN, min_size=1, max_size=5))
def test_a_column_is_what_spelling_each_value_gives(kind: Kind, values: list[object]) -> None:
    column = Column("x", kind, MISSING_TOKEN if kind.is_text else None)
    try:
        expected = [spell(column, value) for value in values]
        for text in expected:
            str(text).encode()
    except (InvalidInput, UnicodeEncodeError):
        with pytest.raises(InvalidInput):
            column_of(column, values)
        return
    made = column_of(column, values)
    assert made.shape == (len(values), 1)
    assert made.dtype == (object if kind.is_text else np.float64)
    for one, other in zip(made[:, 0].tolist(), expected, strict=True):
        assert one == other or (math.isnan(one) and math.isnan(float(other)))


def test_rows_become_columns_in_the_schemas_order_and_absent_fields_are_missing() -> None:
    made = from_rows(tiny.CLASSIFIES, [dict(reversed(tiny.ROW.items())), {"age": "41"}])
    assert list(made) == ["age", "member", "since", "city"]
    assert made["age"].tolist() == [[30.0], [41.0]]
    assert made["since"][0, 0] == 86400.0
    assert np.isnan(made["member"][1, 0])
    assert made["city"].tolist() == [["Paris"], [MISSING_TOKEN]]


@pytest.mark.parametrize(
    ("rows", "field", "code", "says"),
    [
        ([tiny.ROW, {"agee": 3}], "rows[1].agee", "unknown_field", "did you mean 'age'?"),
        ([{"age": 3, "zzz": 1}], "rows[0].zzz", "unknown_field", "metadata"),
        ([{**tiny.ROW, "risk": "bad"}], "rows[0].risk", "unknown_field", "what the model predicts"),
        ([tiny.ROW, {}], "rows[1]", "empty_row", None),
        ([tiny.ROW, {"age": "old"}], "rows[1].age", "unspellable", "null"),
        ([{"age": math.inf}], "rows[0].age", "unspellable", "null"),
        ([{"city": {"name": "Paris"}}], "rows[0].city", "unspellable", "null"),
    ],
)
def test_what_is_wrong_with_a_row_is_named(
    rows: list[dict[str, object]], field: str, code: str, says: str | None
) -> None:
    with pytest.raises(InvalidInput) as caught:
        from_rows(tiny.CLASSIFIES, rows)
    assert (caught.value.field, caught.value.code) == (field, code)
    assert says is None or says in str(caught.value.hint)


def test_every_field_that_is_no_input_is_named_up_to_a_bound() -> None:
    with pytest.raises(InvalidInput, match=r"^'zz', 'e-mail' are not inputs of this model$") as caught:
        from_rows(tiny.CLASSIFIES, [{"zz": 1, "age": 3, "e-mail": 2}])
    assert caught.value.field == "rows[0].zz"
    with pytest.raises(InvalidInput, match=r"^'x0', 'x1', 'x2', 'x3', 'x4' and 2 more are not inputs of this model$"):
        from_named(tiny.CLASSIFIES, {**{f"x{number}": [1] for number in range(7)}, "age": [3]})


def test_an_unspellable_value_is_placed_and_not_repeated() -> None:
    with pytest.raises(InvalidInput, match="row 2") as caught:
        column_of(tiny.FEATURES[0], [1, "2", "secret", "secret"])
    assert "secret" not in str(caught.value)


def test_half_a_surrogate_pair_is_refused_before_the_graph_sees_it() -> None:
    with pytest.raises(InvalidInput, match=r"row 1: .*'city' is not valid Unicode"):
        column_of(tiny.FEATURES[3], ["Paris", "\ud83d"])


def test_named_columns_must_be_all_there() -> None:
    named = {name: [value] for name, value in tiny.ROW.items()}
    assert from_named(tiny.CLASSIFIES, named)["member"].tolist() == [[1.0]]
    del named["age"], named["city"]
    with pytest.raises(InvalidInput, match="'age', 'city'") as caught:
        from_named(tiny.CLASSIFIES, named)
    assert (caught.value.field, caught.value.code) == ("age", "missing_input")


def test_what_the_model_ignores_may_be_sent_whatever_it_is_and_changes_nothing() -> None:
    more = {"height": "no number", "sign": None}
    plain, made = from_rows(KNOWING, [tiny.ROW]), from_rows(KNOWING, [{**more, **tiny.ROW}])
    named = {name: [value] for name, value in tiny.ROW.items()}
    by_name = from_named(KNOWING, {**{name: [value] for name, value in more.items()}, **named})
    assert list(made) == list(by_name) == [column.name for column in tiny.FEATURES]
    for name, values in plain.items():
        assert made[name].tolist() == by_name[name].tolist() == values.tolist()


def test_what_is_ignored_takes_the_place_of_nothing() -> None:
    with pytest.raises(InvalidInput) as caught:
        from_rows(KNOWING, [tiny.ROW, {"height": 3}])
    assert (caught.value.field, caught.value.code) == ("rows[1]", "empty_row")
    with pytest.raises(InvalidInput) as caught:
        from_rows(KNOWING, [{**tiny.ROW, "height": 3, "weight": 4}])
    assert (caught.value.field, caught.value.code) == ("rows[0].weight", "unknown_field")
    with pytest.raises(InvalidInput) as caught:
        from_named(KNOWING, {"height": [3], "sign": [4], "age": [30]})
    assert caught.value.code == "missing_input"


def test_an_unknown_name_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        from_named(tiny.CLASSIFIES, {**{name: [value] for name, value in tiny.ROW.items()}, "Ages": [1]})
    assert caught.value.field == "inputs.Ages"
