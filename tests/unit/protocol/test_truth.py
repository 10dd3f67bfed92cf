from __future__ import annotations

import pytest

from millrace.domain.errors import InvalidInput, TooLarge
from millrace.protocol.truth import parse, response

ROW = {"inference_id": "a", "truth": 1}


def test_rows_are_taken_as_they_are() -> None:
    assert parse({"truth": [ROW, {}]}, 2) == [ROW, {}]
    assert response(2, "api-1.jsonl") == {"accepted": 2, "file": "api-1.jsonl"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        *(([], "truth"), ({}, "truth"), ({"truth": []}, "truth"), ({"truth": {}}, "truth"), ({"rows": [ROW]}, "truth")),
        *(({"truth": [ROW], "more": 1}, "truth"), ({"truth": [ROW, 1]}, "truth[1]")),
        ({"truth": [ROW, {"id": "a"}]}, "truth[1].id"),
    ],
)
def test_what_is_no_list_of_rows_is_refused(body: object, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(body, 10)
    assert (caught.value.code, caught.value.field) == ("invalid_request", field)


def test_there_are_so_many_rows_in_a_call() -> None:
    with pytest.raises(TooLarge) as caught:
        parse({"truth": [ROW] * 3}, 2)
    assert caught.value.code == "too_many_rows"
