"""A body without a Content-Type is bytes where the API takes `*/*`; that it arrives: e2e/test_serving_clients.py."""

from __future__ import annotations

import pytest
from ministack.services import apigateway_v1

from millrace.local import media_types


@pytest.mark.parametrize(
    ("sent", "taken", "expected"),
    [
        (None, ["*/*"], True),
        ("", ["*/*"], True),
        ("text/csv", ["*/*"], True),
        (None, ["image/png"], False),
        (None, [], False),
        (None, None, False),
    ],
)
def test_which_bodies_are_bytes(
    sent: str | None, taken: list[str] | None, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apigateway_v1, "_media_type_matches", apigateway_v1._media_type_matches)
    media_types.enforce()
    assert apigateway_v1._media_type_matches(sent, taken) is expected
