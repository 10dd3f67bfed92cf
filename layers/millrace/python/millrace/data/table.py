"""Rows as columns: as they were written, and as typed values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from millrace.domain import spelling
from millrace.domain.report import Decision
from millrace.domain.schema import Column, Kind

Floats = NDArray[np.float64]
Values = Floats | NDArray[np.object_]
Index = NDArray[np.int64]

SAMPLE = 4096  # rows by which a column of numbers is first judged
SHOWN = 1024  # of its numbers, from whose texts its kind is inferred


class Written(ABC):
    """One column as text: `texts` are the distinct `spelling.written` ones, and row i holds `texts[codes[i]]`."""

    @staticmethod
    def of(distinct: Sequence[str], codes: Index) -> Distinct:
        """Merge equal texts and forget unused ones, so that `texts` are the column's distinct values."""
        known: dict[str, int] = {}
        merged = np.array([known.setdefault(text, len(known)) for text in distinct], dtype=np.int64)
        placed = merged[codes]
        used = np.zeros(len(known), dtype=np.bool_)
        used[placed] = True
        names = tuple(text for text, wanted in zip(known, used.tolist(), strict=True) if wanted)
        return Distinct(names, (np.cumsum(used) - 1)[placed])

    @property
    @abstractmethod
    def texts(self) -> tuple[str, ...]:
        """The distinct texts: one Python string for each, so think of columns of numbers."""

    @property
    @abstractmethod
    def codes(self) -> Index:
        """Each row's place in `texts`, shape [rows]."""

    @abstractmethod
    def take(self, rows: Index) -> Written:
        """The same column for some rows, in their order."""

    @abstractmethod
    def spell(self, column: Column) -> Values:
        """Typed values, shape [rows]: FP64, or str objects for a category. Raises InvalidInput as `spelling.spell`."""


@dataclass(frozen=True, slots=True, eq=False)
class Distinct(Written):
    """A column by its distinct texts, each of which is read once."""

    texts: tuple[str, ...]
    codes: Index

    def take(self, rows: Index) -> Written:
        """The same column for some rows, in their order."""
        return Written.of(self.texts, self.codes[rows])

    def spell(self, column: Column) -> Values:
        """Typed values."""
        spelled = [spelling.spell(column, text) for text in self.texts]
        distinct = np.array(spelled, dtype=object if column.kind.is_text else np.float64)
        return distinct[self.codes]


@dataclass(frozen=True, eq=False)
class Numbers(Written):
    """A column of many plain decimal numbers, which becomes Python strings only where somebody asks for its texts.

    `values` are what the default spelling of a number makes of each cell, NaN where it is missing. `cells` are the
    same rows as they came, Arrow text or numbers: another spelling, a category's for one, is read from them.
    """

    values: Floats
    cells: Any

    @property
    def texts(self) -> tuple[str, ...]:
        """The distinct texts."""
        return self.distinct.texts

    @property
    def codes(self) -> Index:
        """Each row's place in `texts`."""
        return self.distinct.codes

    @cached_property
    def distinct(self) -> Distinct:
        """The same column by its distinct texts."""
        return by_text(self.cells.dictionary_encode())

    def sample(self) -> Distinct:
        """Its first rows that are no missing values, by their distinct texts."""
        rows = np.flatnonzero(~np.isnan(self.values[: 16 * SAMPLE]))[:SHOWN]
        return by_text(self.cells.take(pa.array(rows)).dictionary_encode())

    @property
    def varies(self) -> bool:
        """Whether two of its first rows hold different numbers."""
        first = self.values[: 16 * SAMPLE]
        return len(np.unique(first[~np.isnan(first)])) > 1

    def take(self, rows: Index) -> Written:
        """The same column for some rows, in their order."""
        return Numbers(self.values[rows], self.cells.take(pa.array(rows)))

    def spell(self, column: Column) -> Values:
        """Typed values."""
        if column == Column(column.name, Kind.NUMBER):
            return self.values
        return self.distinct.spell(column)


def by_text(encoded: Any) -> Distinct:
    """A column from Arrow chunks of a dictionary type. Raises ValueError for values that have no text."""
    chunks = encoded.unify_dictionaries().chunks
    distinct = chunks[0].dictionary.to_pylist() if chunks else []
    codes = [chunk.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False) for chunk in chunks]
    places = np.concatenate(codes).astype(np.int64) if codes else np.empty(0, dtype=np.int64)
    return Written.of([*map(spelling.written, distinct), ""], places)


@dataclass(frozen=True, slots=True, eq=False)
class WrittenTable:
    """A file's columns as text, in its order, and how the file was read."""

    columns: Mapping[str, Written]
    rows: int
    decisions: tuple[Decision, ...] = ()

    def take(self, rows: Index) -> WrittenTable:
        """The same columns for some rows, in their order."""
        taken = {name: column.take(rows) for name, column in self.columns.items()}
        return WrittenTable(taken, len(rows), self.decisions)

    def spell(self, columns: Sequence[Column]) -> Table:
        """Typed values of `columns`. Raises KeyError for one that is absent, InvalidInput for an unspellable value."""
        return Table({column.name: self.columns[column.name].spell(column) for column in columns}, self.rows)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Typed columns by name, each of shape [rows]."""

    columns: Mapping[str, Values]
    rows: int

    def __getitem__(self, name: str) -> Values:
        return self.columns[name]

    def take(self, rows: Index) -> Table:
        """The same columns for some rows, in their order."""
        return Table({name: values[rows] for name, values in self.columns.items()}, len(rows))

    def parts(self, rows: int) -> Iterator[Table]:
        """The same rows in tables of at most `rows` each, without copying; one table where there are none."""
        for start in range(0, max(1, self.rows), rows):
            stop = min(self.rows, start + rows)
            yield Table({name: values[start:stop] for name, values in self.columns.items()}, stop - start)
