from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millrace.data.declared import newest_of_group
from millrace.domain.errors import Rejected
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


def learned_and_judged(found: folds.Folds, rows: int) -> None:
    for inside, outside in found.pairs:
        assert len(inside)
        assert len(outside)
        assert not set(inside) & set(outside)
        assert (np.diff(inside) > 0).all()
        assert (np.diff(outside) > 0).all()
        assert max(*inside, *outside) < rows


LABELS = st.lists(st.integers(0, 3), min_size=8, max_size=60).filter(lambda classes: len(set(classes)) > 1)


@given(LABELS, st.integers(2, 6), st.integers(1, 3), st.integers(0, 5))
def test_each_repeat_judges_every_row_once(classes: list[int], k: int, repeats: int, seed: int) -> None:
    answers = np.array(classes)
    found = folds.make(answers, Task.MULTICLASS, k, repeats, seed)
    learned_and_judged(found, len(answers))
    alone = np.bincount(answers)[answers] == 1
    judged = np.bincount(np.concatenate([outside for _, outside in found.pairs]), minlength=len(answers))
    np.testing.assert_array_equal(judged, np.where(alone, 0, repeats))
    assert all(set(answers[inside]) == set(classes) for inside, _ in found.pairs)
    assert not found.ordered


def test_repeats_differ_and_the_first_is_the_seed_s() -> None:
    answers = np.arange(60.0)
    found = folds.make(answers, Task.REGRESSION, 3, 2, 7)
    assert len(found.pairs) == 6
    number = folds.assign(answers, Task.REGRESSION, 3, 7)
    assert [outside.tolist() for _, outside in found.pairs[:3]] == [
        np.flatnonzero(number == fold).tolist() for fold in range(3)
    ]
    assert found.pairs[0][1].tolist() != found.pairs[3][1].tolist()


@given(LABELS, st.data(), st.integers(2, 6), st.integers(0, 5))
def test_a_group_is_never_on_both_sides(classes: list[int], data: st.DataObject, k: int, seed: int) -> None:
    answers = np.array(classes)
    size = len(answers)
    groups = np.array(data.draw(st.lists(st.integers(0, 12), min_size=size, max_size=size)))
    groups[:2] = 20, 21
    for task, values in ((Task.MULTICLASS, answers), (Task.REGRESSION, answers.astype(np.float64))):
        found = folds.make(values, task, k, 2, seed, groups=groups)
        learned_and_judged(found, size)
        assert all(set(groups[inside]).isdisjoint(groups[outside]) for inside, outside in found.pairs)
        if task is Task.MULTICLASS:
            assert all(set(answers[inside]) == set(classes) for inside, _ in found.pairs)
        else:
            judged = np.bincount(np.concatenate([outside for _, outside in found.pairs]), minlength=size)
            assert (judged == 2).all()


def test_groups_balance_the_classes() -> None:
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 10)
    answers = np.repeat(np.arange(60) % 4 == 0, 10).astype(np.int64)
    order = random.permutation(600)
    found = folds.make(answers[order], Task.BINARY, 5, 1, 0, groups=groups[order])
    shares = [answers[order][outside].mean() for _, outside in found.pairs]
    assert max(shares) - min(shares) < 0.06


def test_many_groups_take_no_time() -> None:
    groups = np.arange(200_000) // 2
    started = time.monotonic()
    found = folds.make((groups % 3 == 0).astype(np.int64), Task.BINARY, 5, 1, 0, groups=groups)
    assert time.monotonic() - started < 5.0
    assert [len(outside) for _, outside in found.pairs] == [40_000] * 5


def test_one_group_can_not_be_both_learned_from_and_judged() -> None:
    with pytest.raises(Rejected) as refused:
        folds.make(np.arange(10.0), Task.REGRESSION, 3, 1, 0, groups=np.zeros(10, dtype=np.int64))
    assert refused.value.code == "too_few_groups"


TIMES = st.lists(st.one_of(st.integers(0, 30), st.none()), min_size=30, max_size=60)


@given(TIMES, st.integers(2, 6))
def test_what_is_judged_is_newer_than_what_is_learned(values: list[int | None], k: int) -> None:
    times = np.array([np.nan if value is None else float(value) for value in values])
    known = np.where(np.isnan(times), -1.0, times)
    try:
        found = folds.make(known, Task.REGRESSION, k, 3, 0, times=times)
    except Rejected as error:
        assert error.code == "few_times"  # noqa: PT017  # most of the rows are of the oldest time
        return
    learned_and_judged(found, len(values))
    assert found.ordered
    assert 1 <= len(found.pairs) <= k
    assert all(known[inside].max() < known[outside].min() for inside, outside in found.pairs)
    judged = np.concatenate([outside for _, outside in found.pairs])
    assert len(set(judged)) == len(judged)
    first, last = found.pairs[0][0], found.pairs[-1]
    assert {*first, *judged} == {*last[0], *last[1]} == set(range(len(values)))


def test_blocks_of_time_are_alike_in_size() -> None:
    times = np.random.default_rng(0).permutation(1000).astype(np.float64)
    found = folds.make(times, Task.REGRESSION, 5, 1, 0, times=times)
    assert [(len(inside), len(outside)) for inside, outside in found.pairs] == [
        (400, 120),
        (520, 120),
        (640, 120),
        (760, 120),
        (880, 120),
    ]


def test_a_class_that_came_late_is_learned_from_its_oldest_row() -> None:
    answers = np.array([0] * 50 + [1] * 30 + [2] * 20)
    turned = np.arange(100)[::-1]
    found = folds.make(answers[turned], Task.MULTICLASS, 4, 1, 0, times=turned.astype(np.float64))
    for inside, outside in found.pairs:
        assert set(answers[turned][inside]) == {0, 1, 2}
        late = turned[inside][turned[inside] > turned[outside].min()]
        assert set(late) <= {50, 80}
        assert {50, 80} <= set(turned[inside])


def test_groups_in_time_stay_whole_where_their_times_are_those_of_the_newest() -> None:
    groups, times = np.arange(120) % 30, np.arange(120.0)
    newest = newest_of_group(times, groups)
    found = folds.make(times, Task.REGRESSION, 4, 1, 0, groups=groups, times=newest)
    assert all(set(groups[inside]).isdisjoint(groups[outside]) for inside, outside in found.pairs)


def test_fewer_rows_have_more_folds_and_the_spec_decides() -> None:
    made = [folds.how_many(rows, None) for rows in (10, 1_500, 1_501, 10_001, 60_001, 150_001, 10**7)]
    assert made == [*(entry[1:] for entry in (folds.NUMBERS[0], *folds.NUMBERS)), folds.OTHERWISE, folds.OTHERWISE]
    fits = [count * often for count, often, _ in made[:-2]]
    assert fits == sorted(fits, reverse=True)
    assert all(judged <= count for count, _, judged in made)
    assert folds.how_many(100, 4) == folds.how_many(1_000_000, 4) == (4, 1, 4)
