from __future__ import annotations

import numpy as np
import pytest

from millrace.data.table import Table
from millrace.domain.schema import MISSING_TOKEN, Column, Kind
from millrace.domain.spec import Task
from millrace.learning import encode
from millrace.learning.dates import PARTS
from tests.rows import COLUMNS, typed

NUMBER = Column("n", Kind.NUMBER)
TEXT = Column("c", Kind.CATEGORY, MISSING_TOKEN)


def numbers(*values: float) -> Table:
    return Table({"n": np.array(values)}, len(values))


def texts(*values: str) -> Table:
    return Table({"c": np.array(values, dtype=object)}, len(values))


def test_a_linear_model_gets_filled_centred_and_flagged_numbers() -> None:
    encoding = encode.fit(numbers(1.0, 3.0, 5.0, np.nan), [NUMBER], scaled=True)
    matrix = encoding.transform(numbers(3.0, np.nan))
    np.testing.assert_allclose(matrix, [[0.0, 0.0], [0.0, 1.0]])
    assert encode.fit(numbers(1.0, 3.0), [NUMBER], scaled=True).transform(numbers(1.0, 3.0)).tolist() == [[-1.0], [1.0]]


def test_trees_get_numbers_as_they_are_and_learn_what_missing_means() -> None:
    seen = encode.fit(numbers(1.0, 3.0, np.nan), [NUMBER], scaled=False)
    np.testing.assert_array_equal(seen.transform(numbers(2.0, np.nan)), [[2.0], [np.nan]])
    unseen = encode.fit(numbers(1.0, 3.0, 7.0), [NUMBER], scaled=False)
    np.testing.assert_array_equal(unseen.transform(numbers(np.nan)), [[3.0]])


@pytest.mark.parametrize("values", [(7.0, 7.0), (0.0, 0.0), (np.nan, np.nan), (1e308, -1e308), (1e-300, 3e-300)])
def test_extreme_columns_stay_finite(values: tuple[float, float]) -> None:
    table = numbers(*values)
    assert np.isfinite(encode.fit(table, [NUMBER], scaled=True).transform(table)).all()


def test_categories_have_a_place_each_and_unseen_ones_none() -> None:
    encoding = encode.fit(texts("a", "b", "b", MISSING_TOKEN, MISSING_TOKEN, "a", "b", "once"), [TEXT], scaled=True)
    assert encoding.vocabularies[0].values == ("b", MISSING_TOKEN, "a")
    matrix = encoding.transform(texts("a", MISSING_TOKEN, "once", "new"))
    assert matrix.tolist() == [[0, 0, 1], [0, 1, 0], [0, 0, 0], [0, 0, 0]]


def test_rare_categories_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode, "MAX_CATEGORIES", 2)
    encoding = encode.fit(texts(*"aaabbbccdd"), [TEXT], scaled=True)
    assert encoding.vocabularies[0].values == ("a", "b")


def test_the_matrix_is_never_empty() -> None:
    encoding = encode.fit(texts("a", "b"), [TEXT], scaled=True)
    assert encoding.width == 1
    assert encoding.transform(texts("a", "b")).tolist() == [[1.0], [0.0]]


@pytest.mark.parametrize("scaled", [True, False])
def test_the_width_is_that_of_the_matrix(scaled: bool) -> None:
    table, _ = typed(50, Task.BINARY)
    encoding = encode.fit(table, COLUMNS, scaled=scaled)
    flags = (2 + len(PARTS)) if scaled else 0
    assert encoding.transform(table).shape == (50, encoding.width) == (50, 2 + len(PARTS) + flags + 4)
