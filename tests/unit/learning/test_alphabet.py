from __future__ import annotations

import pytest

from millrace.learning import alphabet
from millrace.learning.alphabet import BLANK, UNSEEN, Alphabet

KNOWN = alphabet.learn(["My card: 12 €", "Ünï", "ß 中"])


def symbols(text: str, of: Alphabet = KNOWN) -> list[int]:
    found: list[int] = of.read([text]).symbols.tolist()
    return found


def test_capitals_are_folded_and_their_unseen_forms_known() -> None:
    assert symbols("CARD") == symbols("card") == symbols("cArD")
    assert symbols("ÜNÏ") == symbols("ünï")
    assert UNSEEN not in symbols("MY CARD: 12")


@pytest.mark.parametrize("blank", [" ", "\t", "\n", "\x00", "\x1f", "\u00a0", "\u2003", "\u3000", "\u200b", "\x85"])
def test_blanks_and_controls_are_alike(blank: str) -> None:
    assert symbols(blank) == [BLANK] * 3


def test_what_was_not_seen_is_a_letter_or_a_mark() -> None:
    assert symbols("qжø")[1:-1] == [UNSEEN] * 3
    assert symbols("—;")[1:-1] == [KNOWN.unseen_mark] * 2
    assert symbols("☂")[1:-1] == [UNSEEN]  # of a block that nobody wrote in


def test_marks_part_words_and_unseen_letters_do_not() -> None:
    assert list(KNOWN.words(KNOWN.read(["My card:12—x", "", "cardжd"]))) == [
        ["my", "card", "12", "\ufffd"],
        [],
        ["card\ufffdd"],
    ]


def test_texts_stand_apart() -> None:
    read = KNOWN.read(["a", "", "my"])
    assert read.starts.tolist() == [0, 3, 5, 9]
    assert read.rows.tolist() == [0, 0, 0, 1, 1, 2, 2, 2, 2]


def test_a_symbol_and_its_character_are_one() -> None:
    for character in KNOWN.letters + KNOWN.marks + " ":
        assert KNOWN.character(KNOWN.symbols_of(character)[0]) == character
    assert KNOWN.size == max(symbol for _, symbol in KNOWN.table) + 1


def test_rare_characters_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alphabet, "LETTERS", 2)
    few = alphabet.learn(["aaabbc !!??."])
    assert (few.letters, few.marks) == ("ab", "!?")
    assert symbols("c.", few)[1:-1] == [UNSEEN, few.unseen_mark]


def test_five_symbols_are_one_number() -> None:
    assert (2 * alphabet.LETTERS + 3) ** 5 < 2**63
