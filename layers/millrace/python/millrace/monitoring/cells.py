"""Which cells a column's values are counted in: chosen once, in training, so that everything later adds up."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millrace.domain.baseline import Cells
from millrace.domain.schema import Kind

NUMBERS = 126  # cells between the least and the greatest; one more on each side is for what lies beyond
VALUES = 200
TEXT = 80  # characters by which a category's values are told apart

Floats = NDArray[np.float64]
BOOLEAN = Cells(edges=(1.0,))


def of_numbers(ordered: Floats, *, bounded: bool) -> Cells:
    """At most 128 cells of about equally many values, which are `ordered`, finite and may be none.

    Each edge lies between two different values, so that a digit lost on the way moves nothing across it. A value that
    makes up two cells or more has one for itself. Where `bounded`, what is below the least or above the greatest value
    has a cell on its side, empty in training.
    """
    if not len(ordered):
        return Cells()
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))  # of each run of equal values
    sizes = np.diff(np.append(starts, len(ordered)))
    place = starts * NUMBERS // len(ordered)
    opens = np.concatenate([[False], place[1:] != place[:-1]]) if len(starts) > NUMBERS else np.arange(len(starts)) > 0
    opens[1:] |= (sizes * NUMBERS >= 2 * len(ordered))[1:]
    after = starts[opens]
    edges = _between(ordered[after - 1], ordered[after])
    if bounded:
        beyond = math.nextafter(float(ordered[-1]), math.inf)
        edges = np.concatenate([ordered[:1], edges, [beyond] if math.isfinite(beyond) else []])
    return Cells(edges=tuple(edges.tolist()))


def _between(low: Floats, high: Floats) -> Floats:
    middle = low / 2 + high / 2
    between: Floats = np.where(middle > low, middle, high)
    return between


def of_texts(counted: Counter[str]) -> Cells:
    """The 200 commonest values a cell each, of equally common ones the first in order; none for one that stands once.

    Such a value says little of the next rows, and may say too much of one person.
    """
    common = sorted(counted.items(), key=lambda each: (-each[1], each[0]))[:VALUES]
    return Cells(values=tuple(value for value, times in common if times > 1))


def count_texts(texts: Collection[str], missing: str | None) -> Counter[str]:
    """How often each text stands, cut to 80 characters, but for the `missing` token."""
    counted: Counter[str] = Counter()
    for text, times in Counter(texts).items():
        if text != missing:
            counted[text[:TEXT]] += times
    return counted


def place_texts(cells: Cells, counted: Counter[str]) -> tuple[int, ...]:
    """Rows by cell, the last for every other value."""
    known = [counted.get(value, 0) for value in cells.values]
    return (*known, sum(counted.values()) - sum(known))


def place_numbers(cells: Cells, present: Floats) -> tuple[int, ...]:
    """Rows by cell."""
    counts = np.bincount(np.searchsorted(np.array(cells.edges), present, side="right"), minlength=cells.size)
    return tuple(counts.tolist())


def place_ordered(cells: Cells, ordered: Floats) -> tuple[int, ...]:
    """The same of values in order, which need no look at each."""
    bounds = np.searchsorted(ordered, np.array(cells.edges), side="left")
    return tuple(np.diff(bounds, prepend=0, append=len(ordered)).tolist())


def finite(values: NDArray[Any]) -> Floats:
    """The numbers that are there, of shape [rows] or [rows, 1]; NaN and infinities are not."""
    flat = np.asarray(values, dtype=np.float64).reshape(-1)
    there: Floats = flat[np.isfinite(flat)]
    return there


def bounds(kind: Kind, present: Floats) -> tuple[float | None, float | None]:
    """The least and the greatest; None where there is none, and for categories."""
    if kind.is_text or not len(present):
        return None, None
    return float(present.min()), float(present.max())


def texts(values: NDArray[Any]) -> Sequence[str]:
    """A column of text, of shape [rows] or [rows, 1]."""
    listed: list[str] = values.reshape(-1).tolist()
    return listed
