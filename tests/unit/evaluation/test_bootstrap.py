from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from millrace.domain.spec import Metric, Task
from millrace.domain.uncertainty import Uncertainty
from millrace.evaluation import bootstrap, constant
from millrace.evaluation.bootstrap import interval, resample, uncertainty, units
from millrace.evaluation.estimators import ESTIMATORS, Truth, Units
from millrace.evaluation.guess import Guess


def coin(rows: int, seed: int = 0) -> tuple[Truth, Guess]:
    """Classes, and honest probabilities of them."""
    random = np.random.default_rng(seed)
    probability = random.uniform(0.05, 0.95, rows)
    return (random.random(rows) < probability).astype(np.int64), Guess(np.stack([1 - probability, probability], axis=1))


def judged(truth: Truth, guess: Guess, champion: Guess | None = None, seed: int = 0) -> Uncertainty:
    best = constant.guesses(Task.BINARY, truth, truth, 2)
    return uncertainty(Task.BINARY, truth, guess, best, champion, seed=seed)


def test_it_says_how_it_was_made_and_holds_every_figure() -> None:
    truth, guess = coin(300)
    found = judged(truth, guess, guess)
    assert (found.level, found.resamples, found.units, found.method) == (0.95, 2000, 300, "expanded percentile")
    figures = guess.measure(Task.BINARY, truth)
    assert set(found.held_out) == set(found.over_constant) == set(found.over_champion) == set(figures)
    for metric, value in figures.items():
        assert found.held_out[metric].low < value < found.held_out[metric].high
        assert found.champion[metric] == found.held_out[metric]
    assert found.over_constant[Metric.LOG_LOSS].low > 0  # a gain, whatever the metric's direction
    assert found.over_constant[Metric.AUC].low > 0
    assert judged(truth, guess).over_champion == {}


@pytest.mark.parametrize("task", [Task.BINARY, Task.REGRESSION])
def test_one_model_alone_has_the_intervals_that_it_has_among_others(task: Task) -> None:
    truth, guess = coin(300)
    if task is Task.REGRESSION:
        truth, guess = guess.values[:, 1], Guess(guess.values[:, :1])
    best = constant.guesses(task, truth, truth, 2)
    whole = uncertainty(task, truth, guess, best, seed=0)
    assert bootstrap.intervals(task, truth, guess, seed=0) == whole.held_out
    assert set(whole.held_out) == set(guess.measure(task, truth))


def test_the_same_seed_gives_the_same_intervals() -> None:
    truth, guess = coin(100)
    assert judged(truth, guess) == judged(truth, guess)
    assert judged(truth, guess) != judged(truth, guess, seed=1)


def test_differences_are_paired() -> None:
    """The difference of two alike models is known far better than either's own figure."""
    truth, guess = coin(300)
    other = Guess(np.clip(guess.values + 0.01 * np.array([-1, 1]), 0.01, 0.99))
    found = judged(truth, guess, other)
    own, gain = found.held_out[Metric.LOG_LOSS], found.over_champion[Metric.LOG_LOSS]
    assert gain.high - gain.low < (own.high - own.low) / 5
    same = judged(truth, guess, guess).over_champion
    assert all(each.low == each.high == 0.0 for each in same.values())


@pytest.mark.parametrize("rows", [10, 100])
def test_intervals_cover_the_truth_as_often_as_they_say(rows: int) -> None:
    """Of normal errors' mean, 95 of 100: Student's t says how wide, and plain percentiles of 10 rows reach 90."""
    random = np.random.default_rng(0)
    errors = random.normal(1.0, 1.0, (400, rows))
    drawn = Units(np.arange(rows), rows)
    found = resample(
        {i: ESTIMATORS[Metric.MAE](np.zeros(rows), Guess(np.abs(e)[:, None]), drawn) for i, e in enumerate(errors)},
        drawn,
        0,
        1000,
    )
    truth = np.abs(random.normal(1.0, 1.0, 1_000_000)).mean()
    bounds = [interval(figures, rows) for figures in found.values()]
    covered = np.mean([each is not None and each.low <= truth <= each.high for each in bounds])
    assert 0.915 <= covered <= 0.98


def test_pooled_rows_give_intervals_as_wide_as_rows_do() -> None:
    truth, guess = coin(5000)
    widths = []
    for most in (5000, 500):
        drawn = units(5000, 0, most)
        found = resample(
            {m: ESTIMATORS[m](truth, guess, drawn) for m in (Metric.LOG_LOSS, Metric.AUC, Metric.F1)}, drawn, 0
        )
        widths.append([figures.std() for figures in found.values()])
    np.testing.assert_allclose(widths[1], widths[0], rtol=0.12)


def test_many_rows_are_pooled_and_memory_stays_bounded() -> None:
    truth, guess = coin(200_000)
    tracemalloc.start()
    try:
        found = judged(truth, guess, guess)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.units == bootstrap.UNITS
    assert peak < 100e6
    bounds = found.held_out[Metric.AUC]
    area = guess.measure(Task.BINARY, truth)[Metric.AUC]
    assert bounds.low < area < bounds.high
    assert bounds.high - bounds.low < 0.008


def test_without_enough_resamples_there_is_no_interval() -> None:
    """One positive of 30 is absent from a third of the resamples; where more than half lack AUC, nothing is said."""
    assert interval(np.array([0.5, np.nan, np.nan]), 30) is None
    assert interval(np.full(10, 0.5), 1) is None
    few = interval(np.arange(101.0), 2)
    assert few is not None
    assert (few.low, few.high) == pytest.approx((0.0, 100.0), abs=0.5)


def test_one_class_only() -> None:
    guess = Guess(np.full((30, 2), 0.5))
    found = uncertainty(
        Task.BINARY,
        np.zeros(30, dtype=np.int64),
        guess,
        constant.guesses(Task.BINARY, np.array([0, 1]), np.zeros(30, dtype=np.int64), 2),
        seed=0,
    )
    assert Metric.AUC not in found.held_out
    assert Metric.LOG_LOSS in found.held_out
