"""Rows as columns: as they were written, and as typed values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from millrace.domain import spelling
from millrace.domain.schema import Column

Values = NDArray[np.float64] | NDArray[np.object_]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """One column as text: `texts` are the distinct `spelling.written` ones, and row i holds `texts[codes[i]]`."""

    texts: tuple[str, ...]
    codes: Index

    @classmethod
    def of(cls, distinct: Sequence[str], codes: Index) -> Written:
        """Merge equal texts and forget unused ones, so that `texts` are the column's distinct values."""
        known: dict[str, int] = {}
        merged = np.array([known.setdefault(text, len(known)) for text in distinct], dtype=np.int64)
        used, compact = np.unique(merged[codes], return_inverse=True)
        names = list(known)
        return cls(tuple(names[i] for i in used), compact.astype(np.int64))

    def take(self, rows: Index) -> Written:
        """The same column for some rows, in their order."""
        return Written.of(self.texts, self.codes[rows])

    def spell(self, column: Column) -> Values:
        """Typed values, shape [rows]: FP64, or str objects for a category. Raises InvalidInput as `spelling.spell`."""
        spelled = [spelling.spell(column, text) for text in self.texts]
        distinct = np.array(spelled, dtype=object if column.kind.is_text else np.float64)
        return distinct[self.codes]


@dataclass(frozen=True, slots=True, eq=False)
class WrittenTable:
    """A file's columns as text, in its order."""

    columns: Mapping[str, Written]
    rows: int

    def take(self, rows: Index) -> WrittenTable:
        """The same columns for some rows, in their order."""
        return WrittenTable({name: column.take(rows) for name, column in self.columns.items()}, len(rows))

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
