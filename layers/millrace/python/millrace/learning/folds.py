"""Which rows a candidate learns from and which it is then judged on, for cross-validation of rows of any kind."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

from millrace.data.table import Floats, Index
from millrace.domain.errors import Rejected
from millrace.domain.spec import Task

NEVER = -1
# Up to how many rows: how many folds, how often dealt, and how many of them are judged. The fewer rows there are, the
# more each of them must tell; of very many, a tenth tells as much as all.
NUMBERS = ((1_500, 8, 2, 8), (10_000, 8, 1, 8), (60_000, 6, 1, 6), (150_000, 4, 1, 4))
OTHERWISE = (10, 1, 2)
OLDEST = 0.4  # the share of rows in order of time that no fold judges: something must be learned from first
MANY_GROUPS = 1_000  # from which chance balances the classes well enough, and looking for better takes minutes

Pair = tuple[Index, Index]


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """Positions of the rows to learn from and of those to be judged on, in order, for each fold of each repeat.

    Every class is in every part that is learned from. `ordered`: by time, so that rows of the oldest part are in no
    part that is judged; else each row is once in every repeat, but for those that alone stand for their class.
    """

    pairs: tuple[Pair, ...]
    ordered: bool = False


def how_many(rows: int, asked: int | None) -> tuple[int, int, int]:
    """Folds, how often they are dealt anew, and how many are judged; as many as the spec asks for, once."""
    if asked is not None:
        return asked, 1, asked
    return next(((k, often, judged) for most, k, often, judged in NUMBERS if rows <= most), OTHERWISE)


def make(
    answers: Floats | Index,
    task: Task,
    k: int,
    repeats: int,
    seed: int,
    *,
    groups: Index | None = None,
    times: Floats | None = None,
) -> Folds:
    """About `k` folds, `repeats` times, over rows with these `answers`; all arguments are of shape [rows].

    Rows of a group are on one side. With `times`, whose NaN is older than all, a fold is judged on the rows that come
    next after those it learns from, ties on one side, once; of a class that is only seen later the oldest row, or
    group, is learned from all the same. Where there are groups too, a row's time must be that of its group's newest,
    as `Declared` has it. Raises Rejected: too_few_groups, few_times.
    """
    classes = np.asarray(answers, dtype=np.int64) if task.is_classification else None
    pairs: Iterable[Pair]
    if times is not None:
        pairs = _by_time(np.where(np.isnan(times), -np.inf, times), k)
    elif groups is not None:
        pairs = [pair for turn in range(repeats) for pair in _by_group(groups, classes, k, _turned(seed, turn))]
    else:
        pairs = [pair for turn in range(repeats) for pair in _plain(answers, task, k, _turned(seed, turn))]
    units = np.arange(len(answers)) if groups is None else groups
    first = np.arange(len(answers)) if times is None else np.argsort(times, kind="stable")
    whole = (_with_each_class(pair, classes, units, first) for pair in pairs)
    found = tuple((inside, outside) for inside, outside in whole if len(inside) and len(outside))
    if not found and times is not None:
        raise Rejected(
            "the rows to learn from are all of one time",
            code="few_times",
            field="time",
            hint="name a column of finer times, or leave time out",
        )
    return Folds(found, ordered=times is not None)


def assign(answers: NDArray[np.float64] | Index, task: Task, folds: int, seed: int) -> Index:
    """A fold number in [0, folds) for each row, shape [rows].

    Classes are dealt out one after another. The only row of a class is in no fold (-1): it is always trained on.
    """
    shuffle = np.random.default_rng(seed)
    strata = np.asarray(answers, dtype=np.int64) if task.is_classification else np.zeros(len(answers), dtype=np.int64)
    numbers = np.full(len(answers), NEVER, dtype=np.int64)
    dealt = 0
    for stratum in np.unique(strata):
        rows = shuffle.permutation(np.flatnonzero(strata == stratum))
        if len(rows) == 1 and task.is_classification:
            continue
        numbers[rows] = (dealt + np.arange(len(rows))) % folds
        dealt += len(rows)
    return numbers


def _turned(seed: int, turn: int) -> int:
    """The seed of a repeat; the first one's is the seed itself."""
    return seed if turn == 0 else int(np.random.SeedSequence([seed, turn]).generate_state(1)[0])


def _plain(answers: Floats | Index, task: Task, k: int, seed: int) -> Iterator[Pair]:
    number = assign(answers, task, k, seed)
    for fold in range(k):
        yield np.flatnonzero(number != fold), np.flatnonzero(number == fold)


def _by_group(groups: Index, classes: Index | None, k: int, seed: int) -> Iterator[Pair]:
    count = len(np.unique(groups))
    if count < 2:
        raise Rejected(
            "the rows to learn from are all of one group, and at least two are needed",
            code="too_few_groups",
            field="group",
            hint="add rows of other groups, or leave group out",
        )
    folds, anything = min(k, count), np.zeros(len(groups))
    stratified = classes is not None and count <= MANY_GROUPS and np.bincount(classes).max() >= folds
    kind = StratifiedGroupKFold if stratified else GroupKFold
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that some class has fewer rows than there are folds
        yield from kind(folds, shuffle=True, random_state=seed % 2**32).split(anything, classes, groups)


def _by_time(times: Floats, k: int) -> Iterator[Pair]:
    """Forward chaining: `k` blocks of about as many rows behind the oldest, each judged by all that is older."""
    ordered = np.sort(times)
    edges = np.linspace(OLDEST * len(times), len(times), k + 1).astype(np.int64)
    begins = [float(ordered[edge]) for edge in edges[:-1] if edge < len(times)]  # the first time of each block
    bounds = [*sorted(set(begins)), np.inf]
    for begin, end in pairwise(bounds):
        yield np.flatnonzero(times < begin), np.flatnonzero((times >= begin) & (times < end))


def _with_each_class(pair: Pair, classes: Index | None, units: Index, order: Index) -> Pair:
    """The pair, once a unit of each class that would be judged and never learned has changed sides.

    Units are groups, or single rows, of which it is the first in `order`. A class that is
    neither learned nor judged gets one to be learned from too.
    """
    inside, outside = pair
    if classes is None:
        return pair
    learned = np.zeros(len(classes), dtype=np.bool_)
    learned[inside] = True
    judged = np.zeros(len(classes), dtype=np.bool_)
    judged[outside] = True
    for lost in np.setdiff1d(classes, classes[inside]):
        if (classes[learned] == lost).any():
            continue
        moved = units == units[order[classes[order] == lost][0]]
        learned |= moved
        judged &= ~moved
    return np.flatnonzero(learned), np.flatnonzero(judged)
