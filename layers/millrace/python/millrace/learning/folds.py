"""Fold numbers for cross-validation, so that each class is spread evenly and never lost from a training part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from millrace.data.table import Index
from millrace.domain.spec import Task

NEVER = -1


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
