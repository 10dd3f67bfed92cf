"""Held-out rows: the newest, or else by what they hold, so that a row held out once is held out in every version.

Where a group is declared, all of it is held out or none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from millrace.data.declared import NOTHING, Declared
from millrace.data.row_hash import mixed, positions
from millrace.data.table import Floats, Index, WrittenTable
from millrace.domain.errors import Rejected
from millrace.domain.warning import Warned

SHARE = 0.2
MOST = 0.5  # of the rows may be held out where many are of one time
MIN_ROWS = 20
LEAST = 50  # rows of each class that a sample keeps, where there are as many
UNEVEN = (0.05, 0.5)  # shares of held-out rows beyond which groups are too unlike in size

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Positions of the training rows and of the held-out rows, each in the file's order. `moved` rows crossed sides.

    `places` are those of all rows, in [0, 1).
    """

    train: Index
    held_out: Index
    moved: int
    places: Floats
    warned: tuple[Warned, ...] = ()


def split(table: WrittenTable, classes: Index | None, declared: Declared = NOTHING) -> Split:
    """Hold out about a fifth of the rows; each class stays on both sides, as far as groups allow.

    They are the newest ones, ties on one side, where rows have times; else their hash says which, or their group's.
    `classes` holds each row's class, or None for regression. Raises Rejected: too_few_rows below 20 rows, few_times,
    too_few_groups, and invalid_weights where no row to learn from weighs anything.
    """
    if table.rows < MIN_ROWS:
        raise Rejected(
            f"{table.rows} rows have an answer and at least {MIN_ROWS} are needed",
            code="too_few_rows",
            hint="add rows; a few hundred are the least to learn something from",
        )
    places = positions(table)
    held, order = _chosen(places, declared)
    before = held.copy()
    sides = np.zeros(table.rows, dtype=np.int64) if classes is None else classes
    if declared.groups is None:
        _keep_classes(held, order, sides)
    else:
        _keep_classes_of_groups(held, order, sides, declared.groups)
    _check(held, sides, declared)
    warned = () if declared.groups is None else _warned(held, sides)
    return Split(np.flatnonzero(~held), np.flatnonzero(held), int((held != before).sum()), places, warned)


def sample(places: Floats, limit: int, classes: Index | None, least: int) -> Index:
    """At most about `limit` rows, those whose hash says so, in their order; all of them where they are no more.

    Of each class at least `least` stay, or all where it has fewer. Equal rows stay or go together, but for ties at
    the limit.
    """
    if len(places) <= limit:
        return np.arange(len(places))
    order = mixed(places.view(np.uint64))  # another order than the one that held rows out
    chosen = np.zeros(len(places), dtype=np.bool_)
    chosen[np.argpartition(order, limit)[:limit]] = True
    for k in () if classes is None else np.unique(classes):
        group = np.flatnonzero(classes == k)
        if chosen[group].sum() < least:
            chosen[group[np.argsort(order[group], kind="stable")[:least]]] = True
    return np.flatnonzero(chosen)


def _chosen(places: Floats, declared: Declared) -> tuple[Mask, Floats]:
    """The rows that are held out before classes are looked at, and in which order more would be: a number for each."""
    if declared.times is not None:
        return _newest(declared.times)
    order = places if declared.group_places is None else declared.group_places
    return order < SHARE, order


def _newest(times: Floats) -> tuple[Mask, Floats]:
    """The rows behind the time behind which nearest to a fifth of them lie; those without a time are older than all."""
    known = np.where(np.isnan(times), -np.inf, times)
    _, place, counts = np.unique(known, return_inverse=True, return_counts=True)
    newer = (len(known) - np.cumsum(counts)) / len(known)  # than each distinct time, as a share of the rows
    nearest = int(np.argmin(np.abs(newer - SHARE)))
    if not 0.0 < newer[nearest] <= MOST:
        raise Rejected(
            "too many rows are of one time to hold out the newest of them",
            code="few_times",
            field="time",
            hint="name a column of finer times, or leave time out",
        )
    return place > nearest, newer[place]


def _keep_classes(held: Mask, order: Floats, sides: Index) -> None:
    """Move the nearest row of each class that is on one side only."""
    for group in (np.flatnonzero(sides == k) for k in np.unique(sides)):
        nearest = group[np.argsort(order[group], kind="stable")]
        if not held[group].any():
            held[nearest[0]] = True
        if held[group].all():
            held[nearest[-1]] = False


def _keep_classes_of_groups(held: Mask, order: Floats, sides: Index, groups: Index) -> None:
    """The same by whole groups; where a class is in too few of them, it is learned from and not held out."""
    for k in np.unique(sides):
        if held[sides == k].any():
            continue
        for group in _in_order(groups, order, sides == k):
            without = ~held & (groups != group)
            if len(np.unique(sides[without])) == len(np.unique(sides[~held])):
                held[groups == group] = True
                break
    for k in np.unique(sides):
        if held[sides == k].all():
            held[groups == _in_order(groups, order, sides == k)[-1]] = False


def _in_order(groups: Index, order: Floats, rows: Mask) -> list[int]:
    """The groups of these rows, the likeliest to be held out first."""
    found = groups[rows][np.argsort(order[rows], kind="stable")]
    return list(dict.fromkeys(found.tolist()))


def _check(held: Mask, sides: Index, declared: Declared) -> None:
    if declared.groups is not None:
        learned = len(np.unique(declared.groups[~held]))
        if learned < 2 or len(np.unique(sides[held])) < min(2, len(np.unique(sides))):
            raise Rejected(
                "the rows are of too few groups: two to learn from are needed, and others that have two classes",
                code="too_few_groups",
                field="group",
                hint="add rows of other groups, or leave group out",
            )
    if declared.weights is not None and not declared.weights[~held].any():
        raise Rejected(
            "every row to learn from has a weight of zero",
            code="invalid_weights",
            field="weights",
            hint="give those that count a weight above zero",
        )


def _warned(held: Mask, sides: Index) -> tuple[Warned, ...]:
    found = []
    if not UNEVEN[0] <= held.mean() <= UNEVEN[1]:
        says = f"{held.mean():.0%} of the rows are held out, since whole groups are and they differ much in size"
        found.append(Warned("uneven_groups", says, "add rows of other groups, or split the largest one"))
    if unjudged := len(np.setdiff1d(sides, sides[held])):
        which = f"{unjudged} of {len(np.unique(sides))} classes"
        says = f"{which} are not held out, since they are in too few groups: no figure is about them"
        found.append(Warned("unjudged_classes", says, "add rows of these classes in other groups"))
    return tuple(found)
