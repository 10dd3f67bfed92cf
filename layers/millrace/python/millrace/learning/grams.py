"""Runs of neighbouring characters, and of words: which ones texts hold, learnt and looked up by the million."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from millrace.data.table import Index
from millrace.learning.alphabet import BLANK, UNSEEN, Alphabet, Read

LENGTHS = (2, 3, 4, 5)  # of a run of characters
LONGEST_WORD = 40  # characters; what is longer is no word
Rows = Index
Places = Index


def runs(alphabet: Alphabet, read: Read, length: int) -> tuple[Index, Rows]:
    """Each run of characters as a number, and the text it is of.

    A blank stands only at a run's ends, so that none goes beyond a word and the marks on it, or from text to text.
    """
    count = max(0, len(read.symbols) - length + 1)
    codes = np.zeros(count, dtype=np.int64)
    stays = np.ones(count, dtype=np.bool_)
    is_strange = (read.symbols == UNSEEN) | (read.symbols == alphabet.unseen_mark)
    is_blank = read.symbols == BLANK
    for place in range(length):
        codes *= alphabet.size
        codes += read.symbols[place : place + count]
        stays &= ~is_strange[place : place + count]
        if 0 < place < length - 1:
            stays &= ~is_blank[place : place + count]
    if length == 2:
        stays &= ~(is_blank[:count] & is_blank[1:])
    return codes[stays], read.rows[:count][stays]


def spelled(alphabet: Alphabet, code: int, length: int) -> str:
    """A run of characters from its number."""
    symbols = []
    for _ in range(length):
        code, symbol = divmod(code, alphabet.size)
        symbols.append(symbol)
    return "".join(alphabet.character(symbol) for symbol in reversed(symbols))


def number(alphabet: Alphabet, run: str) -> int:
    """The number of a run of characters."""
    code = 0
    for symbol in alphabet.symbols_of(run):
        code = code * alphabet.size + symbol
    return code


def frequent_runs(alphabet: Alphabet, read: Read, most: int) -> dict[str, int]:
    """The `most` runs of characters that most texts hold, each with the number of these texts."""
    values, texts, lengths = (np.concatenate(each) for each in zip(*_counted(alphabet, read), strict=True))
    if texts.max(initial=0) > 1:
        values, texts, lengths = (each[texts > 1] for each in (values, texts, lengths))
    chosen = np.lexsort((values, lengths, -texts))[:most]
    found = zip(values[chosen].tolist(), lengths[chosen].tolist(), texts[chosen].tolist(), strict=True)
    return {spelled(alphabet, code, length): count for code, length, count in found}


def _counted(alphabet: Alphabet, read: Read) -> Iterator[tuple[Index, Index, Index]]:
    """For each length: the runs, in how many texts each stands, and the length again."""
    for length in LENGTHS:
        codes, rows = runs(alphabet, read, length)
        order = np.argsort(codes, kind="stable")  # rows stay in order
        codes, rows = codes[order], rows[order]
        held = codes[starts(codes) | starts(rows)]
        bounds = np.flatnonzero(starts(held))
        yield held[bounds], np.diff(bounds, append=len(held)), np.full(len(bounds), length)


def starts(ordered: Index) -> NDArray[np.bool_]:
    """Where another value begins; sorting is faster than numpy's own `unique`."""
    first = np.ones(len(ordered), dtype=np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return first


def frequent_words(alphabet: Alphabet, read: Read, most: int) -> dict[str, int]:
    """The `most` words and pairs of neighbouring words that most texts hold, with the number of these texts.

    Those in two texts or more; where there is none, those in one. Of equally common ones the first in order.
    """
    counted: Counter[str] = Counter()
    for words in alphabet.words(read):
        counted.update(set(pairs_and_words(words)))
    known = {gram: count for gram, count in counted.items() if _is_known(gram)}
    repeated = {gram: count for gram, count in known.items() if count > 1} or known
    ranked = sorted(repeated, key=lambda gram: (-repeated[gram], gram))[:most]
    return {gram: repeated[gram] for gram in ranked}


def pairs_and_words(words: Sequence[str]) -> Iterator[str]:
    """Each word, and each two neighbouring ones with a blank between."""
    yield from words
    for left, right in pairwise(words):
        yield f"{left} {right}"


def _is_known(gram: str) -> bool:
    return "\ufffd" not in gram and max(map(len, gram.split())) <= LONGEST_WORD


def place_runs(alphabet: Alphabet, read: Read, ordered: Sequence[NDArray[np.int64]]) -> Iterator[tuple[Rows, Places]]:
    """Where texts hold the known runs: rows and places, by length. `ordered` are the runs' numbers, ascending."""
    before = 0
    for length, known in zip(LENGTHS, ordered, strict=True):
        if len(known):
            codes, rows = runs(alphabet, read, length)
            places = np.minimum(np.searchsorted(known, codes), len(known) - 1)
            hits = known[places] == codes
            yield rows[hits], places[hits] + before
        before += len(known)


def place_words(alphabet: Alphabet, read: Read, known: Mapping[str, int]) -> tuple[Rows, Places]:
    """Where texts hold the known words and pairs: rows and places."""
    rows: list[int] = []
    places: list[int] = []
    for row, words in enumerate(alphabet.words(read)):
        found = [known[gram] for gram in pairs_and_words(words) if gram in known]
        places += found
        rows += [row] * len(found)
    return np.array(rows, dtype=np.int64), np.array(places, dtype=np.int64)
