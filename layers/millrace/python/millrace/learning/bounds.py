"""How many rows are learned from: the matrices of all that is tried stay within a machine's memory."""

from __future__ import annotations

import numpy as np

from millrace.data.split import sample
from millrace.data.table import Floats, Index, Table
from millrace.domain.report import Decision
from millrace.domain.schema import Schema
from millrace.learning import encode
from millrace.learning.trainer import Answers

CELLS = 500_000_000  # of an encoded matrix, in FP32: 2 GB, of which each of two folds holds most once more
SEEN = 50_000  # rows that say how wide a matrix is
LEAST = 50  # rows of each class that every choice keeps, where it has as many


def for_fit(table: Table, answers: Answers, schema: Schema, places: Floats) -> Index:
    """The training rows that are learned from: as many as an encoded matrix of `CELLS` holds.

    `places` [rows] are their hashes.
    """
    classes = np.asarray(answers, dtype=np.int64) if schema.classes else None
    seen = sample(places, SEEN, classes, LEAST)
    return sample(places, CELLS // max(1, encode.width(table.take(seen), schema)), classes, LEAST)


def decisions(fitted: Index, rows: int) -> tuple[Decision, ...]:
    """What the report says of it; nothing where every row counts."""
    if len(fitted) == rows:
        return ()
    why = f"there are {rows} training rows, and a matrix of {CELLS} numbers holds no more, chosen by hash"
    return (Decision("rows of the search", str(len(fitted)), why),)
