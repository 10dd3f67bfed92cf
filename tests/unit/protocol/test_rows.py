"""The records' wire."""

from __future__ import annotations

import pytest

from millrace.domain.errors import InvalidInput, TooLarge
from millrace.protocol import rows


def test_rows_are_read() -> None:
    assert rows.parse({"rows": [{"age": 1}, {}]}, 2) == [{"age": 1}, {}]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (None, "rows"),
        ([{"age": 1}], "rows"),
        ({"instances": []}, "rows"),
        ({"rows": {"age": 1}}, "rows"),
        ({"rows": []}, "rows"),
        ({"rows": [{"age": 1}, [1]]}, "rows[1]"),
        ({"rows": [{"age": 1}], "explain": True}, "explain"),
    ],
)
def test_what_is_wrong_is_named(body: object, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rows.parse(body, 10)
    assert caught.value.field == field
    assert '{"rows"' in str(caught.value.hint)


def test_rows_are_bounded() -> None:
    with pytest.raises(TooLarge, match="3 rows in one call; 2 at most"):
        rows.parse({"rows": [{}, {}, {}]}, 2)


def test_predictions() -> None:
    assert rows.classified(["good"], [[0.25, 0.75]], ("bad", "good")) == [
        {"label": "good", "probabilities": {"bad": 0.25, "good": 0.75}}
    ]
    assert rows.regressed([1.5, None]) == [{"value": 1.5}, {"value": None}]
    assert rows.response("i", "credit", 3, [{"value": 1.5}]) == {
        "id": "i",
        "model_name": "credit",
        "model_version": "3",
        "predictions": [{"value": 1.5}],
    }
