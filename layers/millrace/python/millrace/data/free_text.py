"""Whether a column of text is free text, whose words say something, or a list of names, codes or categories."""

from __future__ import annotations

import re

import numpy as np

from millrace.data.table import Distinct, Written

FEW = 10  # distinct texts, below which a column is no free text
SAMPLE = 2_000  # distinct texts that are looked at, evenly chosen
READ = 2_000  # characters of each
DIFFERENT = 0.5  # share of the rows with a value, from which texts are mostly different ones
LONG_DIFFERENT = 0.1  # the same of long texts, of which more may be copies
WORDS = 3  # two of which, but for the first, begin with a small letter: names, places and titles have capitals
LONG = 8  # words, however they are written
SCRIPT = 20  # letters without capitals, as of Chinese, which parts no words
MOST = 0.5  # share of the texts looked at
_DIGITS = re.compile(r"[0-9]+")


def is_free_text(written: Written) -> bool:
    """Whether most of its rows hold different texts of several words each.

    Texts that differ in digits only are numbered, as identifiers are, and count as one.
    """
    if not isinstance(written, Distinct) or len(written.texts) < FEW:
        return False
    texts = [text for text in written.texts if text]
    present = int(np.array([bool(text) for text in written.texts])[written.codes].sum())
    chosen = [text[:READ] for text in texts[:: 1 + len(texts) // SAMPLE]]
    apart = len({_DIGITS.sub("0", text) for text in chosen}) / max(1, len(chosen)) * len(texts)
    if apart >= DIFFERENT * present:
        return sum(map(_says, chosen)) >= MOST * len(chosen)
    return apart >= LONG_DIFFERENT * present and sum(map(_is_long, chosen)) >= MOST * len(chosen)


def _says(text: str) -> bool:
    words = _words(text)
    if len(words) >= WORDS and sum(word[0].islower() for word in words[1:]) >= WORDS - 1:
        return True
    return len(words) >= LONG or _is_long(text)


def _is_long(text: str) -> bool:
    if len(_words(text)) >= LONG:
        return True
    return sum(letter.isalpha() and not (letter.isupper() or letter.islower()) for letter in text) >= SCRIPT


def _words(text: str) -> list[str]:
    """What stands between blanks and has two letters or more."""
    return [word for word in text.split() if sum(map(str.isalpha, word)) > 1]
