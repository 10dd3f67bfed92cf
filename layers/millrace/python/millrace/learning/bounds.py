"""How many rows are learned from: all that is tried stays within the memory there is."""

from __future__ import annotations

import numpy as np

from millrace.data.split import LEAST, sample
from millrace.data.table import Floats, Index, Table
from millrace.domain.report import Decision
from millrace.domain.schema import Schema
from millrace.learning import encode
from millrace.learning.trainer import Answers

CELL = 32  # bytes that a search takes at its peak for each number of its widest matrix; measured: docs/automl.md
ROW = 1_000  # bytes for each row besides: typed columns, answers to it out of fold
BASE = 500_000_000  # bytes for the libraries, and for what does not grow with the rows
FEWEST = 1_000  # rows, however little memory there is
SEEN = 50_000  # rows that say how wide a matrix is


def for_fit(table: Table, answers: Answers, schema: Schema, places: Floats, memory: int) -> Index:
    """The training rows that are learned from: as many as `memory`, in bytes, is enough for.

    `places` [rows] are their hashes.
    """
    classes = np.asarray(answers, dtype=np.int64) if schema.classes else None
    seen = sample(places, SEEN, classes, LEAST)
    width = encode.width(table.take(seen), schema)
    return sample(places, max(FEWEST, (memory - BASE) // (ROW + CELL * width)), classes, LEAST)


def decisions(fitted: Index, rows: int, memory: int) -> tuple[Decision, ...]:
    """What the report says of it; nothing where every row counts."""
    if len(fitted) == rows:
        return ()
    why = f"there are {rows} training rows, and {memory / 1e9:.1f} GB of memory hold no more, chosen by hash"
    return (Decision("rows of the search", str(len(fitted)), why),)
