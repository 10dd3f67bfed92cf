from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from millrace.domain.spec import Task
from millrace.learning import folds


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(2, 6), st.integers(0, 5))
def test_each_class_is_spread_evenly_and_never_lost(classes: list[int], count: int, seed: int) -> None:
    answers = np.array(classes)
    number = folds.assign(answers, Task.MULTICLASS, count, seed)
    for k in np.unique(answers):
        own = number[answers == k]
        if len(own) == 1:
            assert own[0] == folds.NEVER
            continue
        per_fold = np.bincount(own, minlength=count)
        assert per_fold.max() - per_fold.min() <= 1
        assert per_fold.max() < len(own)
    sizes = np.bincount(number[number >= 0], minlength=count)
    assert sizes.max() - sizes.min() <= 1


def test_numbers_are_dealt_out_too() -> None:
    number = folds.assign(np.linspace(0.0, 0.9, 10), Task.REGRESSION, 5, 0)
    assert np.bincount(number).tolist() == [2] * 5


def test_the_seed_decides() -> None:
    answers = np.arange(100) % 2
    one = folds.assign(answers, Task.BINARY, 5, 1)
    assert (one == folds.assign(answers, Task.BINARY, 5, 1)).all()
    assert (one != folds.assign(answers, Task.BINARY, 5, 2)).any()
