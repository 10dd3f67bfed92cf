from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millrace.learning import ensemble
from millrace.learning.ensemble import Choice, Limits, select
from millrace.learning.trainer import Floats

FREE = Limits(np.inf, np.inf)
TRUTH = np.random.default_rng(9).normal(size=(60, 1))


def squared(values: Floats) -> float:
    return float(np.mean((values - TRUTH) ** 2))


def choice(place: int, seed: int, noise: float = 1.0, size: float = 1.0, cost: float = 1.0) -> Choice:
    return Choice(place, TRUTH + np.random.default_rng(seed).normal(0.0, noise, TRUTH.shape), size, cost)


def mixed(choices: list[Choice], weights: dict[int, float]) -> Floats:
    by_place = {each.place: each.answers for each in choices}
    return np.asarray(sum(weight * by_place[place] for place, weight in weights.items()))


def test_the_best_alone_where_nothing_helps() -> None:
    exact = Choice(4, TRUTH.copy(), 1.0, 1.0)
    assert select([choice(0, 0), exact, choice(7, 1)], squared, FREE) == {4: 1.0}


def test_independent_errors_cancel() -> None:
    choices = [choice(i, i) for i in range(4)]
    weights = select(choices, squared, FREE)
    assert sum(weights.values()) == pytest.approx(1.0)
    assert set(weights) == {0, 1, 2, 3}
    assert squared(mixed(choices, weights)) < 0.5 * min(squared(each.answers) for each in choices)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_it_is_near_the_best_mix_there_is(seed: int) -> None:
    """Against every mix of three in steps of a tenth."""
    random = np.random.default_rng(seed)
    choices = [choice(i, seed * 3 + i, float(random.uniform(0.3, 1.5))) for i in range(3)]
    shares = [np.array(each) / 10 for each in product(range(11), repeat=3) if sum(each) == 10]
    least = min(squared(mixed(choices, dict(enumerate(each.tolist())))) for each in shares)
    found = squared(mixed(choices, select(choices, squared, FREE)))
    assert found <= min(squared(each.answers) for each in choices)
    assert found <= least * 1.02


@given(seed=st.integers(0, 10_000), size=st.floats(1.0, 8.0), cost=st.floats(1.0, 8.0))
@settings(max_examples=40, deadline=None)
def test_limits_hold_wherever_one_fits(seed: int, size: float, cost: float) -> None:
    random = np.random.default_rng(seed)
    choices = [choice(i, seed + i, 1.0, *random.uniform(0.5, 6.0, 2).tolist()) for i in range(5)]
    weights = select(choices, squared, Limits(size, cost))
    taken = [choices[place] for place in weights]
    if any(each.size <= size and each.cost <= cost for each in choices):
        assert sum(each.size for each in taken) <= size
        assert sum(each.cost for each in taken) <= cost
    else:
        assert len(taken) == 1
        beyond = [max(each.size / size, each.cost / cost) for each in (*taken, *choices)]
        assert beyond[0] == min(beyond)


def test_a_tighter_limit_never_gives_a_better_ensemble() -> None:
    choices = [choice(i, i, cost=float(i + 1)) for i in range(5)]
    losses = [squared(mixed(choices, select(choices, squared, Limits(np.inf, cost)))) for cost in (1, 2, 4, 8, 15)]
    assert losses == sorted(losses, reverse=True)
    assert losses[0] > losses[-1]


def test_of_equals_the_first_listed_and_always_the_same() -> None:
    one, two = choice(3, 0), choice(1, 0)
    assert select([one, two], squared, FREE) == {3: 1.0}
    choices = [choice(i, i) for i in range(6)]
    assert select(choices, squared, FREE) == select(choices, squared, FREE)


def test_what_gains_next_to_nothing_stays_out() -> None:
    exact = Choice(0, TRUTH + 0.1, 1.0, 1.0)
    nearly = Choice(1, TRUTH + 0.1 * (1.0 - ensemble.GAIN / 10.0), 1.0, 1.0)
    assert select([exact, nearly], squared, FREE) == {1: 1.0}


def test_an_undefined_loss_is_the_worst() -> None:
    bad = Choice(0, np.full(TRUTH.shape, np.nan), 1.0, 1.0)

    def loss(values: Floats) -> float:
        return float("inf") if np.isnan(values).any() else squared(values)

    assert select([bad, choice(1, 1)], loss, FREE) == {1: 1.0}


def test_only_the_best_are_considered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ensemble, "MOST", 2)
    choices = [choice(i, i, noise=1.0 + i) for i in range(4)]
    assert set(select(choices, squared, FREE)) <= {0, 1}
