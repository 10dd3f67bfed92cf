"""Rows that repeat others: they count twice in training, and where one is held out they flatter the figures."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from millrace.data.admitted import Admitted
from millrace.data.table import Index, Written
from millrace.domain.warning import Warned

DIGITS = 4  # significant ones, to which a number with a fraction is rounded
Hashes = NDArray[np.uint64]
_KEEP = "if they are copies, remove them; if each row was observed by itself, nothing is wrong"


def find(rows: Admitted) -> tuple[Warned, ...]:
    """Rows equal to an earlier one in all features and the answer; those equal but for writing; contradicting ones.

    "But for writing" is: capitals, spaces, and fractions beyond 4 significant digits. Over all rows, by 64-bit hashes.
    """
    exact, alike = _hashes(rows)
    said = np.asarray(rows.answers, dtype=np.float64)
    same = rows.rows - _different(_with(exact, _of_floats(said)))
    near = rows.rows - _different(_with(alike, _of_floats(rounded(said)))) - same
    found = []
    if same:
        found.append(Warned("duplicate_rows", f"{same} of {rows.rows} rows repeat an earlier one", _KEEP))
    if near:
        says = f"{near} of {rows.rows} rows differ from another only in capitals, spaces or far digits"
        found.append(Warned("near_duplicate_rows", says, _KEEP))
    if rows.schema.classes and (against := _contradicting(alike, np.asarray(rows.answers, dtype=np.int64))):
        says = f"{against} of {rows.rows} rows have the features of another row and another answer"
        do = "look for wrong labels, or add a column that tells these rows apart: no model can answer all of them"
        found.append(Warned("contradicting_rows", says, do, (rows.schema.target,)))
    return tuple(found)


def rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Numbers with a fraction to 4 significant digits; whole ones stay, since they may be codes."""
    broken = np.flatnonzero(values != np.floor(values))  # NaN too
    if not len(broken):
        return values
    some = values[broken]
    scale = np.power(10.0, np.clip(DIGITS - 1 - np.floor(np.log10(np.abs(some))), -300, 300))
    short = values.copy()
    short[broken] = np.rint(some * scale) / scale
    return short


def _different(hashes: Hashes) -> int:
    """How many different ones; sorting is faster than numpy's own `unique`, which hashes them again."""
    ordered = np.sort(hashes)
    return 1 + int((ordered[1:] != ordered[:-1]).sum())


def _contradicting(features: Hashes, answers: Index) -> int:
    """Rows that share their features with a row of another answer."""
    _, group = np.unique(features, return_inverse=True)
    first = np.zeros(int(group.max()) + 1, dtype=np.int64)
    first[group] = answers  # any one of the group's
    mixed = np.zeros(len(first), dtype=np.bool_)
    mixed[group[answers != first[group]]] = True
    return int(mixed[group].sum())


def _hashes(rows: Admitted) -> tuple[Hashes, Hashes]:
    """A hash of each row's features as they are, and one of them but for writing."""
    exact, alike = np.zeros(rows.rows, dtype=np.uint64), np.zeros(rows.rows, dtype=np.uint64)
    for column in rows.schema.features:
        if column.kind.is_text:
            own, loose = _of_texts(rows.written.columns[column.name])
        else:
            values = np.asarray(rows.table[column.name], dtype=np.float64)
            own, loose = _of_floats(values), _of_floats(rounded(values))
        exact, alike = _with(exact, own), _with(alike, loose)
    return exact, alike


def _of_texts(written: Written) -> tuple[Hashes, Hashes]:
    own = np.array([_digest(text) for text in written.texts], dtype=np.uint64)
    loose = np.array([_digest("".join(text.casefold().split())) for text in written.texts], dtype=np.uint64)
    return own[written.codes], loose[written.codes]


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _of_floats(values: NDArray[np.float64]) -> Hashes:
    return (np.where(np.isnan(values), np.nan, values) + 0.0).view(np.uint64)  # one NaN, one nought


def _with(hashes: Hashes, further: Hashes) -> Hashes:
    """Both mixed by the finalizer of SplitMix64 (Steele, Lea, Flood 2014)."""
    mixed = hashes * np.uint64(0x9E3779B97F4A7C15) + further + np.uint64(1)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
