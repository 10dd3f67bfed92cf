"""Kinds of columns."""

from __future__ import annotations

from millrace.domain.schema import MISSING_TOKEN, Kind


def test_only_categories_and_free_text_are_strings() -> None:
    assert [kind for kind in Kind if kind.is_text] == [Kind.CATEGORY, Kind.TEXT]


def test_the_missing_token_is_nothing_a_file_can_hold() -> None:
    assert MISSING_TOKEN.startswith("\x00")  # an upload with NUL is refused
