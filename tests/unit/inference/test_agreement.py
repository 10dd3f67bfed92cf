"""What training reads from a column is what serving spells from the same texts."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from millrace.data.kinds import infer
from millrace.domain.notation import DateOrder, DecimalMark
from millrace.domain.schema import Schema
from millrace.domain.spec import Spec, Task
from millrace.domain.spelling import ANSWERS, MISSING_WORDS
from millrace.inference.columns import from_rows
from tests.rows import written
from tests.writing import amounts, moments


def texts(values: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.one_of(values, st.sampled_from(sorted(MISSING_WORDS))), min_size=1, max_size=12)


COLUMNS = st.one_of(
    *(texts(amounts(mark, "$").map(lambda writing: writing.text)) for mark in DecimalMark),
    *(texts(moments(order).map(lambda dated: dated.text)) for order in DateOrder),
    *(texts(st.sampled_from(pair).map(str.title)) for pair in ANSWERS),
    texts(st.floats(allow_nan=False, allow_infinity=False).map(repr)),
    texts(st.one_of(st.text(max_size=8), st.just("1,234.50"), st.just("31/12/2026"), st.just("12/31/2026"))),
)
SPECS = st.builds(
    lambda decimal, order: Spec(decimal=decimal, date_order=order),
    st.sampled_from([None, *DecimalMark]),
    st.sampled_from([None, *DateOrder]),
)


@given(COLUMNS, SPECS)
def test_training_and_serving_agree(values: list[str], spec: Spec) -> None:
    values = [value for value in values if not any("\ud800" <= each <= "\udfff" for each in value)] or [""]
    column = written({"x": values}).columns["x"]
    found = infer("x", column, spec).column
    trained = column.spell(found)
    served = from_rows(Schema((found,), "y", Task.BINARY, ("a", "b")), [{"x": value} for value in values])["x"][:, 0]
    assert served.dtype.kind == trained.dtype.kind
    np.testing.assert_array_equal(served, trained)  # NaN, which is a missing value, equals itself
