"""Free text as TF-IDF of words, of pairs of words and of runs of characters: the same numbers from Python and graph.

A text counts each word once, however often it says it (binary term frequency): on short texts and on contract clauses
alike this was as good as the logarithm of the count, and it is what one ONNX operator computes exactly. Words and runs
of characters are two blocks, each scaled to length 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from millrace.data.table import Index, Table, Values
from millrace.domain.schema import Column
from millrace.learning import alphabet, grams
from millrace.learning.alphabet import Alphabet
from millrace.learning.onnx_graph import Graph

STEP = "text/1"
READ = 20_000_000  # characters of training texts, evenly chosen among the rows, from which the vocabulary is learnt
PART = 2_000_000  # characters that are looked up at a time
ROWS = 20_000  # and rows
_NOTHING = -1  # a symbol that no text has

Weights = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TextSettings:
    """How many words and pairs of words, and how many runs of 2 to 5 characters, have a column of the matrix."""

    words: int = 10_000
    characters: int = 20_000


BOTH = TextSettings()
WORDS = TextSettings(characters=0)
CHARACTERS = TextSettings(words=0, characters=30_000)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Words and pairs, or runs of characters, in the order of their columns; `weights` are their IDF, each at least 1.

    IDF is smooth: ln((1 + n) / (1 + d)) + 1 for what stands in d of n texts (scikit-learn's TfidfTransformer).
    """

    grams: tuple[str, ...]
    weights: Weights


@dataclass(frozen=True, eq=False)
class ColumnText:
    """What was learnt of one column of text."""

    column: str
    missing: str | None
    alphabet: Alphabet
    words: Block
    characters: Block

    @property
    def width(self) -> int:
        """How many columns of the matrix are this column's."""
        return len(self.words.grams) + len(self.characters.grams)

    @cached_property
    def _word_places(self) -> Mapping[str, int]:
        return {gram: place for place, gram in enumerate(self.words.grams)}

    @cached_property
    def _run_codes(self) -> tuple[NDArray[np.int64], ...]:
        of = self.characters.grams
        return tuple(
            np.array([grams.number(self.alphabet, run) for run in of if len(run) == length], dtype=np.int64)
            for length in grams.LENGTHS
        )

    def transform(self, texts: Sequence[str]) -> sp.csr_matrix:
        """FP32, shape [rows, width]."""
        read = self.alphabet.read(["" if text == self.missing else text for text in texts])
        blocks = []
        if self.words.grams:
            blocks.append(_weighed([grams.place_words(self.alphabet, read, self._word_places)], self.words, len(texts)))
        if self.characters.grams:
            found = grams.place_runs(self.alphabet, read, self._run_codes)
            blocks.append(_weighed(found, self.characters, len(texts)))
        return sp.csr_matrix(sp.hstack(blocks, format="csr", dtype=np.float32))

    def build(self, graph: Graph) -> list[str]:
        """The same in a graph: FP32 tensors of shape [rows, n] each."""
        symbols = self.alphabet.build(graph, self.column, self.missing)
        tensors = []
        if self.words.grams:
            pool = [self.alphabet.symbols_of(f" {gram} ") for gram in self.words.grams]
            tensors.append(_build_block(graph, self.alphabet.build_words(graph, symbols), pool, self.words.weights))
        if self.characters.grams:
            pool = [self.alphabet.symbols_of(run) for run in self.characters.grams]
            tensors.append(_build_block(graph, symbols, pool, self.characters.weights))
        return tensors


@dataclass(frozen=True, slots=True, eq=False)
class TextEncoding:
    """A fitted encoding of columns of text, side by side."""

    columns: tuple[ColumnText, ...]

    @property
    def step(self) -> str:
        """Its name and version, for the manifest."""
        return STEP

    @property
    def width(self) -> int:
        """How many columns the matrix has, at least 1."""
        return max(1, sum(column.width for column in self.columns))

    def transform(self, table: Table) -> sp.csr_matrix:
        """The matrix, FP32, shape [rows, width]; a text of no known word or run is a row of zeros."""
        known = [column for column in self.columns if column.width]
        if not known:
            return sp.csr_matrix((table.rows, self.width), dtype=np.float32)
        blocks = [
            sp.vstack([column.transform(part) for part in _parts(table[column.column])], format="csr")
            for column in known
        ]
        return sp.csr_matrix(sp.hstack(blocks, format="csr"))

    def build(self, graph: Graph) -> str:
        """The same in a graph: an FP32 tensor of shape [rows, width]."""
        tensors = [tensor for column in self.columns for tensor in column.build(graph)]
        if not tensors:
            symbols = self.columns[0].alphabet.build(graph, self.columns[0].column, self.columns[0].missing)
            tensors = [_build_block(graph, symbols, [[_NOTHING]], np.ones(1, dtype=np.float32))]
        return graph.concat(tensors)

    def dump(self) -> dict[str, Any]:
        """All of it as what JSON can say; floats keep every bit."""
        columns = []
        for column in self.columns:
            blocks = {
                name: {"grams": list(block.grams), "weights": block.weights.tolist()}
                for name, block in (("words", column.words), ("characters", column.characters))
            }
            columns.append({"column": column.column, "missing": column.missing, **blocks, **asdict(column.alphabet)})
        return {"step": self.step, "columns": columns}

    @classmethod
    def load(cls, dumped: Mapping[str, Any]) -> TextEncoding:
        """From what `dump` gave. Raises ValueError for another step, KeyError or TypeError for no such document."""
        if dumped["step"] != STEP:
            raise ValueError(f"{dumped['step']} is not {STEP}")
        return cls(tuple(map(_loaded, dumped["columns"])))


def fit(table: Table, columns: Sequence[Column], settings: TextSettings = BOTH) -> TextEncoding:
    """Learn alphabets, vocabularies and weights from training rows; several columns share the settings' numbers.

    No answer is looked at, so that rows may be encoded before they are parted into folds.
    """
    share = len(columns)
    return TextEncoding(
        tuple(
            _fit(column, table[column.name], settings.words // share, settings.characters // share)
            for column in columns
        )
    )


def _fit(column: Column, values: Values, words: int, characters: int) -> ColumnText:
    texts = ["" if text == column.missing else text for text in _chosen(values)]
    letters = alphabet.learn(texts)
    read = letters.read(texts)
    of_words = grams.frequent_words(letters, read, words) if words else {}
    of_runs = grams.frequent_runs(letters, read, characters) if characters else {}
    return ColumnText(
        column.name,
        column.missing,
        letters,
        _block(of_words, len(texts), lambda gram: (len(gram), gram)),
        _block(of_runs, len(texts), lambda run: (len(run), letters.symbols_of(run))),
    )


def _block(counted: Mapping[str, int], rows: int, order: Any) -> Block:
    """In the order that the graph's operator wants: short ones first."""
    ordered = sorted(counted, key=order)
    texts = np.array([counted[gram] for gram in ordered], dtype=np.float64)
    return Block(tuple(ordered), (np.log((1.0 + rows) / (1.0 + texts)) + 1.0).astype(np.float32))


def _loaded(dumped: Mapping[str, Any]) -> ColumnText:
    words, characters = (
        Block(tuple(dumped[name]["grams"]), np.array(dumped[name]["weights"], dtype=np.float32))
        for name in ("words", "characters")
    )
    table = tuple((str(key), int(symbol)) for key, symbol in dumped["table"])
    letters = Alphabet(dumped["letters"], dumped["marks"], table)
    return ColumnText(dumped["column"], dumped["missing"], letters, words, characters)


def _chosen(values: Values) -> list[str]:
    """Every k-th text, so that about READ characters are read."""
    step = 1 + sum(map(len, values.tolist())) // READ
    listed: list[str] = values[::step].tolist()
    return listed


def _parts(values: Values) -> Iterator[list[str]]:
    """Texts in their order, PART characters or ROWS rows at a time, one text at least; one part where there is none."""
    part: list[str] = []
    length = 0
    for text in values.tolist():
        if part and (length + len(text) > PART or len(part) == ROWS):
            yield part
            part, length = [], 0
        part.append(text)
        length += len(text)
    yield part


def _weighed(found: Any, block: Block, rows: int) -> sp.csr_matrix:
    """A row for each text: the weight of every gram it holds, over the row's length."""
    pairs = [row * len(block.grams) + place for row, place in found]
    held: Index = np.sort(np.concatenate([np.empty(0, dtype=np.int64), *pairs]))
    held = held[grams.starts(held)]
    row, place = np.divmod(held, len(block.grams))
    weights = block.weights[place]
    squares = np.bincount(row, weights.astype(np.float64) ** 2, minlength=rows)
    lengths = np.sqrt(np.maximum(squares, 1.0)).astype(np.float32)  # where a row holds a gram, it is 1 or more
    starts = np.searchsorted(row, np.arange(rows + 1))
    return sp.csr_matrix((weights / lengths[row], place, starts), shape=(rows, len(block.grams)))


def _build_block(graph: Graph, symbols: str, pool: Sequence[Sequence[int]], weights: Weights) -> str:
    lengths = [len(gram) for gram in pool]
    held = graph.add(
        "TfIdfVectorizer",
        symbols,
        mode="IDF",  # 1 for what is there, times its weight
        min_gram_length=lengths[0],
        max_gram_length=lengths[-1],
        max_skip_count=0,
        ngram_counts=[_shorter(lengths, length) for length in range(1, lengths[-1] + 1)],
        ngram_indexes=list(range(len(pool))),
        pool_int64s=[symbol for gram in pool for symbol in gram],
        weights=weights.tolist(),
    )
    axis = graph.constant(np.array([1], dtype=np.int64))
    length = graph.add("ReduceL2", held, axis, keepdims=1)
    return graph.over(held, graph.add("Max", length, graph.constant(np.array(1.0, dtype=np.float32))))


def _shorter(ordered: Sequence[int], length: int) -> int:
    """Where the grams of this length begin in the pool: symbols of all shorter ones."""
    return sum(each for each in ordered if each < length)
