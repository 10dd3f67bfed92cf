"""The nearest name."""

from __future__ import annotations

import pytest

from millrace.domain.suggestion import LONGEST, hint, nearest, printable, shown


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("taget", ["target", "task"], "target"),
        ("AGE", ["age", "city"], "age"),
        ("Zipcode", ["zip_code", "city"], "zip_code"),
        ("xyz", ["age", "city"], None),
        ("age", [], None),
    ],
)
def test_nearest(word: str, known: list[str], expected: str | None) -> None:
    assert nearest(word, known) == expected


def test_what_is_too_long_is_neither_compared_nor_repeated() -> None:
    name = "a" * LONGEST
    assert nearest(name, [name.upper()]) == name.upper()
    assert nearest(name + "a", [name]) is None
    assert nearest(name, [name + "a"]) is None
    assert shown(name) == repr(name)
    assert len(shown(name * 1000)) == len(shown(name))


def test_a_hint_is_a_sentence_or_nothing() -> None:
    assert hint("AUC", ["auc"]) == "did you mean 'auc'?"
    assert hint("xyz", ["auc"]) is None


def test_what_somebody_wrote_is_printable_and_cut() -> None:
    assert printable("größe 1.csv") == "größe 1.csv"
    assert printable("a\x00\nb") == "a\\x00\\nb"
    assert len(printable("\x00" * 1000)) == LONGEST
    assert printable("abc", 2) == "ab"
