"""Held-out rows, chosen by what they hold: a row held out once is held out in every version of its dataset."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from millrace.data.kinds import column_of
from millrace.data.table import Index, WrittenTable
from millrace.domain.errors import InvalidInput, Rejected
from millrace.domain.schema import Kind
from millrace.domain.spelling import spell

SHARE = 0.2
MIN_ROWS = 20
_SEPARATOR = "\x1f"
_READ_AS = (column_of("", Kind.NUMBER), column_of("", Kind.DATE))


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Positions of the training rows and of the held-out rows, each in the file's order. `moved` rows crossed sides."""

    train: Index
    held_out: Index
    moved: int


def split(table: WrittenTable, classes: Index | None) -> Split:
    """Hold out about a fifth of the rows by the hash of their content; each class stays on both sides.

    `classes` holds each row's class, or None for regression. Raises Rejected(code="too_few_rows") below 20 rows.
    """
    if table.rows < MIN_ROWS:
        raise Rejected(
            f"{table.rows} rows have an answer and at least {MIN_ROWS} are needed",
            code="too_few_rows",
            hint="add rows; a few hundred are the least to learn something from",
        )
    places = positions(table)
    held = places < SHARE
    before = held.copy()
    sides = np.zeros(table.rows, dtype=np.int64) if classes is None else classes
    for group in (np.flatnonzero(sides == k) for k in np.unique(sides)):
        nearest = group[np.argsort(places[group], kind="stable")]
        if not held[group].any():
            held[nearest[0]] = True
        if held[group].all():
            held[nearest[-1]] = False
    return Split(np.flatnonzero(~held), np.flatnonzero(held), int((held != before).sum()))


def positions(table: WrittenTable) -> NDArray[np.float64]:
    """Each row's place in [0, 1): SHA-256 of all its values, columns by name, whatever the spec uses of them.

    A value counts as the number or the time it says, else as its text in lower case, so that a CSV and a Parquet file
    of the same rows agree, and a column that changes its kind doesn't move them.
    """
    columns = [table.columns[name] for name in sorted(table.columns)]
    tokens = [np.array([_token(text) for text in column.texts], dtype=object)[column.codes] for column in columns]
    digests = [hashlib.sha256(_SEPARATOR.join(row).encode()).digest()[:7] for row in zip(*tokens, strict=True)]
    return np.array([int.from_bytes(digest) / 2.0**56 for digest in digests])


def _token(text: str) -> str:
    for column in _READ_AS:
        try:
            return f"{column.kind}:{spell(column, text)!r}"
        except InvalidInput:
            continue
    return text.lower()
