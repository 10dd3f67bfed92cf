from __future__ import annotations

import pytest

from millrace.data.kinds import Inferred, infer
from millrace.domain.schema import MISSING_TOKEN, Kind
from tests.rows import written


def inferred(values: list[object]) -> Inferred:
    return infer("x", written({"x": values}).columns["x"])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2.5", "-3e4", "", "NA"], Kind.NUMBER),
        ([1, 2, None], Kind.NUMBER),
        (["0", "1"], Kind.NUMBER),
        (["20240131", "20240201"], Kind.NUMBER),
        (["yes", "No", ""], Kind.BOOLEAN),
        ([True, False], Kind.BOOLEAN),
        (["1", "0", "true"], Kind.BOOLEAN),
        (["t", "f", "null"], Kind.BOOLEAN),
        (["yes", "none"], Kind.CATEGORY),
        ([True, None], Kind.CATEGORY),
        (["yes", "no", "maybe"], Kind.CATEGORY),
        (["2024-01-31", "2024-01-31T12:00:00+02:00"], Kind.DATE),
        (["01067", "80331"], Kind.CATEGORY),
        (["0.5", "0"], Kind.NUMBER),
        (["1", "2", "inf"], Kind.CATEGORY),
        (["none", "none"], Kind.CATEGORY),
        (["", None], Kind.CATEGORY),
    ],
)
def test_kinds(values: list[object], kind: Kind) -> None:
    found = inferred(values)
    assert found.column.kind is kind
    assert found.column.missing == (MISSING_TOKEN if kind is Kind.CATEGORY else None)
    assert found.why


def test_few_values_that_stand_against_numbers_are_pointed_out() -> None:
    assert inferred([*map(str, range(9)), "twelve"]).nearly
    assert "9 of its 10 distinct values are numbers" in inferred([*map(str, range(9)), "twelve"]).why
    assert not inferred(["1", "2", "a", "b", "c"]).nearly
    assert not inferred(["01067", "80331"]).nearly
