"""How many rows candidates are compared on, and how many the winner is fitted on: time and memory stay bounded."""

from __future__ import annotations

import numpy as np

from millrace.data.split import sample
from millrace.data.table import Floats, Index, Table
from millrace.domain.report import Decision
from millrace.domain.schema import Schema
from millrace.learning import encode
from millrace.learning.trainer import Answers

SEARCH_ROWS = 50_000
FIT_CELLS = 640_000_000  # of the encoded matrix, in FP64: 5.1 GB; a fit needs up to about twice that for a while
LEAST = 50  # rows of each class that every choice keeps, where it has as many


def for_search(answers: Answers, schema: Schema, places: Floats) -> Index:
    """The training rows that candidates are compared on; `places` [rows] are their hashes."""
    return sample(places, SEARCH_ROWS, _classes(answers, schema), LEAST)


def for_fit(table: Table, answers: Answers, schema: Schema, places: Floats, searched: Index) -> Index:
    """The training rows that the winner is fitted on: as many as an encoded matrix of `FIT_CELLS` holds."""
    width = encode.fit(table.take(searched), schema.features, scaled=True).width
    return sample(places, FIT_CELLS // width, _classes(answers, schema), LEAST)


def decisions(searched: Index, fitted: Index, rows: int) -> tuple[Decision, ...]:
    """What the report says of it; nothing where every row counts."""
    found = []
    if len(searched) < rows:
        why = f"there are {rows} training rows, and candidates are compared on about {SEARCH_ROWS}, chosen by hash"
        found.append(Decision("rows of the search", str(len(searched)), why))
    if len(fitted) < rows:
        why = f"there are {rows} training rows, and a matrix of {FIT_CELLS} numbers holds no more, chosen by hash"
        found.append(Decision("rows of the fit", str(len(fitted)), why))
    return tuple(found)


def _classes(answers: Answers, schema: Schema) -> Index | None:
    return np.asarray(answers, dtype=np.int64) if schema.classes else None
