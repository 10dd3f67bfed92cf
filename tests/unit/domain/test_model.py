"""How a version is meant: by number or by alias."""

from __future__ import annotations

import pytest

from millrace.domain.model import CHAMPION, ModelAddress


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("42", 42), ("99999999", 99_999_999)])
def test_a_number_is_a_version(text: str, number: int) -> None:
    assert ModelAddress("acme", "credit", text).number == number


@pytest.mark.parametrize("text", ["0", "01", "-1", "1.0", "٣", "100000000", "champion", ""])
def test_anything_else_is_an_alias(text: str) -> None:
    assert ModelAddress("acme", "credit", text).number is None


def test_the_champion_is_meant_unless_said_otherwise() -> None:
    assert ModelAddress("acme", "credit").version == CHAMPION
