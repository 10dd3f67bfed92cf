"""Characters as symbols: capitals folded, blanks alike, and letters told from marks, by one table for Python and graph.

Symbols are whole numbers: BLANK for every blank and control character, UNSEEN for a letter that training rows didn't
have, then the letters and digits, then `Alphabet.unseen_mark` and the other marks. What is a letter is written down in
the table once, so neither a locale nor a version of Unicode is asked when the model answers.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from millrace.data.table import Index
from millrace.learning.onnx_graph import CONTRIB_DOMAIN, ML_DOMAIN, Graph

BLANK = 0
UNSEEN = 1
LETTERS = 3_000  # and as many marks: five symbols in a row are one 64-bit number, and commoner ones go first
_FIRST = 2
_UNICODE = 0x110000
_END = np.iinfo(np.int64).max
# Blocks in which a character that no training row has is still known as a blank, a letter or a mark.
_KNOWN = (range(0x250), range(0x2000, 0x2070), range(0x20A0, 0x20C0), range(0x3000, 0x3040), range(0xFF00, 0xFFF0))
_REPLACEMENT = 0xFFFD  # Unicode's own sign for a character that is not known; it is no letter

Symbols = NDArray[np.int64]


@dataclass(frozen=True)
class Alphabet:
    """`letters` and `marks` are the characters with a symbol of their own; `table` is every known one with its symbol.

    Characters of no entry are UNSEEN.
    """

    letters: str
    marks: str
    table: tuple[tuple[str, int], ...]

    @property
    def unseen_mark(self) -> int:
        """The symbol of a mark that training rows didn't have; those from here on part words."""
        return _FIRST + len(self.letters)

    @property
    def size(self) -> int:
        """How many symbols there are."""
        return self.unseen_mark + 1 + len(self.marks)

    @cached_property
    def _by_code(self) -> NDArray[np.int32]:
        symbols = np.full(_UNICODE, UNSEEN, dtype=np.int32)
        keys = np.array([ord(character) for character, _ in self.table], dtype=np.int64)
        symbols[keys] = [symbol for _, symbol in self.table]
        return symbols

    @cached_property
    def _written(self) -> NDArray[np.uint32]:
        """The character of each symbol where words are read: marks are blanks."""
        codes = [ord(" "), _REPLACEMENT, *map(ord, self.letters), *[ord(" ")] * (1 + len(self.marks))]
        return np.array(codes, dtype=np.uint32)

    def read(self, texts: Sequence[str]) -> Read:
        """All texts in one row of symbols, a BLANK before and behind each."""
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        codes = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32)
        starts = np.concatenate([[0], np.cumsum(lengths + 2)])
        inside = np.ones(int(starts[-1]), dtype=np.bool_)
        inside[starts[:-1]] = inside[starts[1:] - 1] = False
        symbols = np.full(len(inside), BLANK, dtype=np.int64)
        symbols[inside] = self._by_code[codes]
        return Read(symbols, starts)

    def words(self, read: Read) -> Iterator[list[str]]:
        """The words of each text in their order, folded: what stands between blanks and marks."""
        whole = self._written[read.symbols].astype("<u4").tobytes().decode("utf-32-le")
        bounds = read.starts.tolist()
        for start, stop in pairwise(bounds):
            yield whole[start:stop].split()

    def symbols_of(self, written: str) -> list[int]:
        """The symbols of a word or of a piece of text made of this alphabet's characters and blanks."""
        return [self.own[character] for character in written]

    def character(self, symbol: int) -> str:
        """The character of a symbol that has one."""
        if symbol == BLANK:
            return " "
        after = symbol - self.unseen_mark - 1
        return self.letters[symbol - _FIRST] if after < 0 else self.marks[after]

    @cached_property
    def own(self) -> dict[str, int]:
        """The symbol of each character that has one of its own, and of a blank."""
        own = {" ": BLANK}
        own.update({letter: _FIRST + place for place, letter in enumerate(self.letters)})
        own.update({mark: self.unseen_mark + 1 + place for place, mark in enumerate(self.marks)})
        return own

    def build(self, graph: Graph, column: str, missing: str | None) -> str:
        """The same in a graph: INT64 [rows, longest + 2], shorter texts with BLANK behind; a missing one is all BLANK.

        ONNX has no operator that takes a text apart into characters; Tokenizer comes with every ONNX Runtime.
        """
        flat = graph.add("Reshape", column, graph.constant(np.array([-1], dtype=np.int64)))
        characters = graph.add(
            "Tokenizer", flat, domain=CONTRIB_DOMAIN, mark=0, mincharnum=1, pad_value="", separators=[""]
        )
        graph.declare(characters, TensorProto.STRING, ["rows", f"{characters}_longest"])
        keys, values = zip(*self.table, strict=True)
        symbols = graph.add(
            "LabelEncoder",
            characters,
            domain=ML_DOMAIN,
            keys_strings=["", *keys],
            values_int64s=[BLANK, *values],
            default_int64=UNSEEN,
        )
        blank = graph.constant(np.array(BLANK, dtype=np.int64))
        if missing is not None:
            absent = graph.add("Equal", column, graph.constant(np.array([[missing]], dtype=object)))
            symbols = graph.add("Where", absent, blank, symbols)
        return graph.add("Pad", symbols, graph.constant(np.array([0, 1, 0, 1], dtype=np.int64)), blank)

    def build_words(self, graph: Graph, symbols: str) -> str:
        """Where words are read: marks are blanks, and of neighbouring blanks only one stays. INT64, the same shape.

        Each symbol moves to its place among those that stay; the others, blanks too, write a blank over a blank.
        """
        blank = graph.constant(np.array(BLANK, dtype=np.int64))
        is_mark = graph.add("GreaterOrEqual", symbols, graph.constant(np.array(self.unseen_mark, dtype=np.int64)))
        written = graph.add("Where", is_mark, blank, symbols)
        is_blank = graph.add("Equal", written, blank)
        again = graph.add("And", _columns(graph, is_blank, 1, _END), _columns(graph, is_blank, 0, -1))
        stays = graph.cast(graph.add("Not", again), TensorProto.INT64)
        counted = graph.add("CumSum", stays, graph.constant(np.array(1, dtype=np.int64)))
        places = graph.add("Pad", counted, graph.constant(np.array([0, 1, 0, 0], dtype=np.int64)), blank)
        return graph.add("ScatterElements", graph.times(written, blank), places, written, axis=1)


def _columns(graph: Graph, tensor: str, start: int, stop: int) -> str:
    bounds = (graph.constant(np.array([each], dtype=np.int64)) for each in (start, stop, 1))
    return graph.add("Slice", tensor, *bounds)


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """Texts as `symbols`, one behind the other; text i is at `starts[i]` to `starts[i + 1]`, its two blanks with it."""

    symbols: Symbols
    starts: Index

    @property
    def rows(self) -> Index:
        """Which text each symbol is of."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def learn(texts: Sequence[str]) -> Alphabet:
    """The characters of training texts; beyond `LETTERS` letters, or as many marks, rare ones are as if unseen."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32)
    counted = np.bincount(codes, minlength=1)
    seen = [chr(code) for code in np.flatnonzero(counted).tolist()]
    often: Counter[str] = Counter()
    for character in seen:
        often[_folded(character)] += int(counted[ord(character)])
    ranked = sorted(often, key=lambda character: (-often[character], character))
    letters = "".join([each for each in ranked if _is_letter(each)][:LETTERS])
    marks = "".join([each for each in ranked if not _is_letter(each) and not _is_blank(each)][:LETTERS])
    bare = Alphabet(letters, marks, ())
    variants = {form for letter in letters for form in (letter, letter.upper(), letter.title()) if len(form) == 1}
    known = variants | set(seen) | {chr(code) for block in _KNOWN for code in block}
    return Alphabet(letters, marks, tuple((each, _symbol(each, bare)) for each in sorted(known)))


def _symbol(character: str, of: Alphabet) -> int:
    folded = _folded(character)
    if _is_blank(folded):
        return BLANK
    return of.own.get(folded, UNSEEN if _is_letter(folded) else of.unseen_mark)


def _folded(character: str) -> str:
    """In small letters, where that is one character too."""
    small = character.lower()
    return small if len(small) == 1 else character


def _is_letter(character: str) -> bool:
    """A letter, a digit, or what is put on one, such as an accent."""
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _is_blank(character: str) -> bool:
    return character.isspace() or not (character.isprintable() or _is_letter(character))
