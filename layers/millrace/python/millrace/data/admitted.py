"""The rows that have an answer, as everything that looks at them needs them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from millrace.data.table import Index, Table, WrittenTable
from millrace.domain.schema import Column, Schema

SAMPLE = 50_000
_SEED = 0


@dataclass(frozen=True, slots=True, eq=False)
class Admitted:
    """Every column as written, the features typed, and the answers: numbers, or indices into the schema's classes.

    `left_out` are the columns that are no features, with the kind that their values have.
    """

    written: WrittenTable
    table: Table
    schema: Schema
    answers: NDArray[np.float64] | Index
    left_out: tuple[Column, ...] = ()

    @property
    def rows(self) -> int:
        """How many."""
        return self.table.rows

    def sample(self, limit: int = SAMPLE) -> Admitted:
        """At most `limit` rows in their order, drawn at random and always the same ones."""
        if self.rows <= limit:
            return self
        rows = np.sort(np.random.default_rng(_SEED).choice(self.rows, limit, replace=False))
        return replace(self, written=self.written.take(rows), table=self.table.take(rows), answers=self.answers[rows])
