"""Held-out rows, chosen by what they hold: a row held out once is held out in every version of its dataset."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from millrace.data.kinds import column_of
from millrace.data.table import Floats, Index, Numbers, Written, WrittenTable
from millrace.domain.errors import InvalidInput, Rejected
from millrace.domain.schema import Kind
from millrace.domain.spelling import spell

SHARE = 0.2
MIN_ROWS = 20
Hashes = NDArray[np.uint64]
_READ_AS = (column_of("", Kind.NUMBER), column_of("", Kind.DATE))


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Positions of the training rows and of the held-out rows, each in the file's order. `moved` rows crossed sides.

    `places` are those of all rows, in [0, 1).
    """

    train: Index
    held_out: Index
    moved: int
    places: Floats


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
    return Split(np.flatnonzero(~held), np.flatnonzero(held), int((held != before).sum()), places)


def sample(places: Floats, limit: int, classes: Index | None, least: int) -> Index:
    """At most about `limit` rows, those whose hash says so, in their order; all of them where they are no more.

    Of each class at least `least` stay, or all where it has fewer. Equal rows stay or go together, but for ties at
    the limit.
    """
    if len(places) <= limit:
        return np.arange(len(places))
    order = _mixed(places.view(np.uint64))  # another order than the one that held rows out
    chosen = np.zeros(len(places), dtype=np.bool_)
    chosen[np.argpartition(order, limit)[:limit]] = True
    for k in () if classes is None else np.unique(classes):
        group = np.flatnonzero(classes == k)
        if chosen[group].sum() < least:
            chosen[group[np.argsort(order[group], kind="stable")[:least]]] = True
    return np.flatnonzero(chosen)


def positions(table: WrittenTable) -> Floats:
    """Each row's place in [0, 1): a hash of all its values, columns by name, whatever the spec uses of them.

    A value counts as the number or the time it says, else as its text in lower case, so that a CSV and a Parquet file
    of the same rows agree, and a column that changes its kind doesn't move them. A row's hash is the mixed sum of its
    columns' hashes, each mixed with its column's name, so that the order of columns doesn't matter.
    """
    total = np.zeros(table.rows, dtype=np.uint64)
    for name, column in table.columns.items():
        total += _mixed(_hashes(column) ^ np.uint64(_digest(f"column:{name}")))
    return (_mixed(total) >> np.uint64(11)) / 2.0**53


def _hashes(column: Written) -> Hashes:
    """A hash of each row's value, shape [rows]."""
    if isinstance(column, Numbers):
        return _of_floats(column.values, Kind.NUMBER)
    return np.array([_of_text(text) for text in column.texts], dtype=np.uint64)[column.codes]


def _of_text(text: str) -> int:
    for column in _READ_AS:
        try:
            value = spell(column, text)
        except InvalidInput:
            continue
        return int(_of_floats(np.array([value], dtype=np.float64), column.kind)[0])
    return _digest(f"text:{text.lower()}")


def _of_floats(values: Floats, kind: Kind) -> Hashes:
    bits = np.where(np.isnan(values), np.nan, values).view(np.uint64)  # one NaN for all
    return _mixed(bits ^ np.uint64(_digest(f"kind:{kind}")))


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _mixed(bits: Hashes) -> Hashes:
    """The finalizer of SplitMix64 (Steele, Lea, Flood 2014): each bit of the input turns about half of the output's."""
    mixed = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
