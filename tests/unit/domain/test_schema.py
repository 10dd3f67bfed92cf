"""Kinds of columns."""

from __future__ import annotations

from millrace.domain.schema import MISSING_TOKEN, Kind


def test_only_categories_are_text() -> None:
    assert [kind for kind in Kind if kind.is_text] == [Kind.CATEGORY]


def test_the_missing_token_is_nothing_a_file_can_hold() -> None:
    assert MISSING_TOKEN.startswith("\x00")  # an upload with NUL is refused
