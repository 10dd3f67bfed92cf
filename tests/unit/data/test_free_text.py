from __future__ import annotations

import numpy as np
import pytest

from millrace.data.features import choose
from millrace.data.free_text import is_free_text
from millrace.data.table import Written
from millrace.domain.schema import Kind
from millrace.domain.spec import Spec, Task
from tests.rows import written

ROWS = 60
NUMBERS = [f"{place * 7919 % 100_003}" for place in range(ROWS)]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = ["".join(np.random.default_rng(place).choice(list(LETTERS), 5)) for place in range(200)]


def some(place: int, count: int) -> list[str]:
    return [WORDS[(place * 31 + k * 17) % 200] for k in range(count)]


TEXTS = {
    "questions": [f"I {' '.join(some(place, 5))} my card?" for place in range(ROWS)],
    "three words": [" ".join(some(place, 3)) for place in range(ROWS)],
    "in capitals": [" ".join(some(place, 9)).upper() for place in range(ROWS)],
    "chinese": ["".join(chr(0x4E00 + (place * 37 + k * 11) % 2000) for k in range(30)) for place in range(ROWS)],
    "with copies": [" ".join(some(place % 40, 4)) for place in range(ROWS)],
    "long with many copies": [" ".join(some(place % 12, 12)) for place in range(ROWS)],
    "some missing": [" ".join(some(place, 5)) if place % 3 else "" for place in range(ROWS)],
    "a megabyte": [f"{' '.join(some(place, 6))} {'x' * (1_000_000 if place == 7 else 9)}" for place in range(ROWS)],
}
NO_TEXTS = {
    "identifiers": [f"user-{number}" for number in NUMBERS],
    "numbered": [f"order number {number} of today" for number in NUMBERS],
    "hashes": [f"{place * 0x9E3779B97F4A7C15:x}" for place in range(ROWS)],
    "cities": [" ".join(word.title() for word in some(place, 1 + place % 3)) for place in range(ROWS)],
    "people": [" ".join(word.title() for word in some(place, 3)) for place in range(ROWS)],
    "places with small words": [f"{some(place, 1)[0].title()} de {WORDS[place].title()}" for place in range(ROWS)],
    "codes": [f"A-{number} B{place} {number}" for place, number in enumerate(NUMBERS)],
    "paths": [f"/srv/{'/'.join(some(place, 5))}" for place in range(ROWS)],
    "phrases that come back": [f"some {WORDS[place % 3]} or other {WORDS[place % 4]}" for place in range(ROWS)],
    "few": ["this is one text", "this is another text", "here comes a third", *[""] * 57],
    "nothing": [""] * ROWS,
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_are_told(name: str) -> None:
    assert is_free_text(Written.of(TEXTS[name], np.arange(ROWS)))


@pytest.mark.parametrize("name", NO_TEXTS)
def test_names_codes_and_categories_are_told_from_texts(name: str) -> None:
    assert not is_free_text(Written.of(NO_TEXTS[name], np.arange(ROWS)))


def test_a_column_of_text_is_a_feature_and_no_identifier() -> None:
    table = written({**TEXTS, "id": NO_TEXTS["identifiers"], "answer": ["a", "b"] * 30})
    found = choose(table, Spec(exclude=("chinese",)), "answer", Task.BINARY)
    assert {column.name: column.kind for column in found.columns} == dict.fromkeys(set(TEXTS) - {"chinese"}, Kind.TEXT)
    assert {column.name: column.kind for column in found.left_out} == {"chinese": Kind.TEXT, "id": Kind.CATEGORY}
    decisions = {decision.what: decision for decision in found.decisions}
    assert decisions["column questions"].choice == "text"
    assert decisions["column questions"].why == "most of its values are different texts of several words"
