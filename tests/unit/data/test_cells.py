"""Columns of numbers, which never become strings, agree in everything with the same columns read as texts."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from millrace.data import cells
from millrace.data.cells import Cells, plain_numbers
from millrace.data.kinds import infer
from millrace.data.row_hash import positions
from millrace.data.table import Distinct, Numbers, Written, WrittenTable
from millrace.domain import spelling
from millrace.domain.errors import InvalidInput
from millrace.domain.schema import MISSING_TOKEN, Column, Kind

NUMBER = Column("x", Kind.NUMBER)
CATEGORY = Column("x", Kind.CATEGORY, MISSING_TOKEN)

numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(10**30), 10**30).map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.tuples(st.integers(), st.integers(0, 10**25), st.integers(-400, 400)).map(lambda t: f"{t[0]}.{t[1]}e{t[2]}"),
)
texts = st.one_of(
    numbers,
    st.text("0123456789+-.eEnaif_ ,%$", max_size=8),
    st.sampled_from(["", "NA", "nan", "-nan", "NaN(1)", "inf", "-0", "+1", "1.", ".5", "007", "1e400", "1_0", "٣"]),
)


@given(text=texts)
@example("9007199254740993")
@example("2.2250738585072011e-308")
@example("0.1000000000000000055511151231257827021181583404541015625")
def test_arrow_reads_a_plain_number_as_the_spelling_does(text: str) -> None:
    """Bit for bit; and what it doesn't read is left to the spelling."""
    found = plain_numbers(pa.array([text], pa.large_string()))
    if found is None:
        return
    expected = spelling.spell(NUMBER, text)
    assert isinstance(expected, float)
    assert np.array_equal(found.view(np.uint64), np.array([expected]).view(np.uint64)) or math.isnan(expected)
    assert math.isnan(found[0]) == math.isnan(expected)


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_python_writes_is_plain(value: float) -> None:
    found = plain_numbers(pa.array([repr(value)]))
    assert found is not None
    assert found[0] == value


@given(
    values=st.one_of(
        st.lists(texts, min_size=1, max_size=12),
        st.lists(numbers | st.sampled_from(["", "NA"]), min_size=1, max_size=12),
    ),
    cut=st.integers(0, 12),
    data=st.data(),
)
def test_numbers_agree_with_texts(values: list[str], cut: int, data: st.DataObject) -> None:
    expected = Written.of([spelling.written(value) for value in values], np.arange(len(values)))
    found = gathered([values[:cut], values[cut:]])
    assert infer("x", found).column == infer("x", expected).column
    assert np.array(found.texts)[found.codes].tolist() == np.array(expected.texts)[expected.codes].tolist()
    np.testing.assert_array_equal(
        positions(WrittenTable({"x": found}, len(values))), positions(WrittenTable({"x": expected}, len(values)))
    )
    rows = np.array(data.draw(st.lists(st.integers(0, len(values) - 1))), dtype=np.int64)
    for one, other in ((found, expected), (found.take(rows), expected.take(rows))):
        for column in (NUMBER, CATEGORY, Column("x", Kind.DATE), Column("x", Kind.BOOLEAN)):
            assert spelled(one, column) == spelled(other, column)


def gathered(blocks: list[list[str]]) -> Written:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "MANY", 0)
        column = Cells("x")
        for block in blocks:
            column.add(pa.array(block, pa.large_string()))
        return column.written()


def spelled(written: Written, column: Column) -> list[object] | None:
    """Values in a form that compares bit for bit; None where they can't be spelled."""
    try:
        values = written.spell(column)
    except InvalidInput:
        return None
    return [v.hex() if isinstance(v, float) else v for v in values.tolist()]


@pytest.mark.parametrize(
    ("values", "is_numbers"),
    [
        ([str(i) for i in range(5000)], True),
        (["", "NA", *(repr(i / 7) for i in range(5000))], True),
        ([*(str(i) for i in range(5000)), "many"], False),
        ([*(str(i) for i in range(5000)), "007"], False),
        ([*(str(i) for i in range(5000)), "1,5"], False),
        ([str(i % 50) for i in range(5000)], False),
        ([*["1"] * 5000, *(str(i) for i in range(5000))], True),  # they began as a few
    ],
)
def test_many_plain_numbers_are_kept_as_numbers(values: list[str], is_numbers: bool) -> None:
    column = Cells("x")
    for start in range(0, len(values), 1700):
        column.add(pa.array(values[start : start + 1700], pa.large_string()))
    found = column.written()
    assert isinstance(found, Numbers if is_numbers else Distinct)
    assert np.array(found.texts, dtype=object)[found.codes].tolist() == values


@pytest.mark.parametrize(
    "array",
    [
        pa.array([*range(5000), None, 2**62 + 1, -5]),
        pa.array([*range(5000), 2**64 - 1], pa.uint64()),
        pa.array([*(i / 3 for i in range(5000)), None, math.nan, -0.0, 1e300]),
        pa.array([i / 3 for i in range(5000)], pa.float32()),
    ],
)
def test_typed_numbers_agree_with_their_texts(array: pa.Array) -> None:
    column = Cells("x")
    column.add(array)
    found = column.written()
    assert isinstance(found, Numbers)
    # A short float is the fewest digits that say it.
    values = array.cast(pa.string()).to_pylist() if pa.types.is_float32(array.type) else array.to_pylist()
    expected = Written.of([spelling.written(value) for value in values], np.arange(len(array)))
    assert spelled(found, NUMBER) == spelled(expected, NUMBER)
    assert spelled(found, CATEGORY) == spelled(expected, CATEGORY)


def test_an_infinity_makes_typed_numbers_texts() -> None:
    column = Cells("x")
    column.add(pa.array([*(i / 3 for i in range(5000)), math.inf]))
    assert isinstance(column.written(), Distinct)
