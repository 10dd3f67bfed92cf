"""Cells merged until each holds enough rows: statistics over many nearly empty cells measure noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from millrace.domain.baseline import ColumnBaseline
from millrace.domain.sketch import ColumnSketch
from millrace.monitoring.measured import comparable

Floats = NDArray[np.float64]

MOST = 10  # groups of a number: deciles, as is usual for the population stability index
EXPECTED = 5  # rows a group is expected to have on either side (Cochran 1954)


def pooled(before: ColumnBaseline, now: ColumnSketch) -> tuple[Floats, Floats] | None:
    """Rows by group, of the baseline and of the captures; None where fewer than two groups come about.

    A number's neighbouring cells are merged into about ten groups of equally many rows of both sides together; of a
    category, values too rare are one group. By both sides together, so that where nothing drifted the groups say
    nothing about which side a row is on.
    """
    if not comparable(before, now):
        return None
    ours, theirs = (np.asarray(counts, dtype=np.float64) for counts in (before.counts, now.counts))
    both = ours + theirs
    least = EXPECTED * both.sum() / min(ours.sum(), theirs.sum())  # rows of both for five expected on the smaller side
    place = _rare_together(both, least) if before.kind.is_text else _neighbours(both, max(least, both.sum() / MOST))
    if place.max() == 0:
        return None
    return _summed(place, ours), _summed(place, theirs)


def _summed(place: NDArray[np.int64], rows: Floats) -> Floats:
    return np.bincount(place, rows).astype(np.float64)


def _rare_together(both: Floats, least: float) -> NDArray[np.int64]:
    """Each frequent cell is a group; the last is of the others, with the rarest frequent one if they are too few."""
    order = np.argsort(-both, kind="stable")
    frequent = int((both >= least).sum())
    if both[order[frequent:]].sum() < least:
        frequent -= 1
    place = np.empty(len(both), dtype=np.int64)
    place[order] = np.minimum(np.arange(len(both)), max(frequent, 0))
    return place


def _neighbours(both: Floats, least: float) -> NDArray[np.int64]:
    """A group ends once it has enough rows; what is left at the end belongs to the last."""
    place = np.empty(len(both), dtype=np.int64)
    group, rows, left = 0, 0.0, float(both.sum())
    for cell, each in enumerate(both.tolist()):
        place[cell] = group
        rows, left = rows + each, left - each
        if rows >= least and left >= least:
            group, rows = group + 1, 0.0
    return place
