"""A row by what it holds: the same hash in every file that has the row, so that what is chosen by it stays chosen."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from millrace.data.kinds import column_of
from millrace.data.table import Floats, Numbers, Written, WrittenTable
from millrace.domain.errors import InvalidInput
from millrace.domain.schema import Kind
from millrace.domain.spelling import spell

Hashes = NDArray[np.uint64]
_READ_AS = (column_of("", Kind.NUMBER), column_of("", Kind.DATE))


def positions(table: WrittenTable) -> Floats:
    """Each row's place in [0, 1): a hash of all its values, columns by name, whatever the spec uses of them.

    A value counts as the number or the time it says, else as its text in lower case, so that a CSV and a Parquet file
    of the same rows agree, and a column that changes its kind doesn't move them. A row's hash is the mixed sum of its
    columns' hashes, each mixed with its column's name, so that the order of columns doesn't matter.
    """
    total = np.zeros(table.rows, dtype=np.uint64)
    for name, column in table.columns.items():
        total += mixed(_hashes(column) ^ np.uint64(_digest(f"column:{name}")))
    return _place(total)


def of_values(column: Written) -> Floats:
    """A place in [0, 1) for each row by what it holds in one column, whatever that is called; shape [rows]."""
    return _place(_hashes(column))


def _place(hashes: Hashes) -> Floats:
    return (mixed(hashes) >> np.uint64(11)) / 2.0**53


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
    return mixed(bits ^ np.uint64(_digest(f"kind:{kind}")))


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def mixed(bits: Hashes) -> Hashes:
    """The finalizer of SplitMix64 (Steele, Lea, Flood 2014): each bit of the input turns about half of the output's."""
    mixed = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
