from __future__ import annotations

import numpy as np
import pytest

from millrace.learning import optimise
from millrace.learning.portfolio import TRAINERS
from millrace.learning.space import OneOf, Real, Settings, Space, Whole
from millrace.learning.trainer import Trainer

SPACE: Space = {"x": Real(-5.0, 5.0), "n": Whole(1, 9), "kind": OneOf(("a", "b")), "rate": Real(1e-4, 1.0, log=True)}


def loss(settings: Settings) -> float:
    return (float(settings["x"]) - 2.0) ** 2 + float(settings["n"]) + (settings["kind"] == "b")


def searched(count: int, seed: int = 0) -> list[tuple[Settings, float]]:
    past: list[tuple[Settings, float]] = []
    for number in range(count):
        settings = optimise.propose(SPACE, past, seed + number)
        past.append((settings, loss(settings)))
    return past


def test_the_same_past_gives_the_same_point() -> None:
    past = searched(9)
    assert optimise.propose(SPACE, past, 4) == optimise.propose(SPACE, list(past), 4)
    assert optimise.propose(SPACE, past, 4) != optimise.propose(SPACE, past, 5)


def test_points_lie_in_the_space_as_declared() -> None:
    for settings, _ in searched(20):
        assert settings.keys() == SPACE.keys()
        assert -5.0 <= float(settings["x"]) <= 5.0
        assert settings["n"] in range(1, 10)
        assert settings["kind"] in {"a", "b"}
        assert 1e-4 <= float(settings["rate"]) <= 1.0


def test_the_past_is_learned_from() -> None:
    """Of forty points the later ones are better than those drawn at random."""
    losses = [found for _, found in searched(40)]
    assert np.mean(losses[25:]) < np.mean(losses[: optimise.STARTUP]) / 1.5


@pytest.mark.parametrize("trainer", TRAINERS, ids=lambda trainer: trainer.name)
def test_every_portfolio_is_a_past(trainer: Trainer) -> None:
    past = [(settings, float(place)) for place, settings in enumerate(trainer.portfolio)]
    assert optimise.propose(trainer.space, past, 0).keys() == trainer.space.keys()
