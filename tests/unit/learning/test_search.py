"""Which configurations are tried in which order; algorithms are stand-ins whose answers are as good as they say."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from millrace.domain.spec import Metric, Task
from millrace.learning import objective
from millrace.learning.checkpoint import Checkpoint
from millrace.learning.linear import Weights
from millrace.learning.link import Link
from millrace.learning.search import LATE, Allowance, Search
from millrace.learning.space import Real, Settings, Space
from millrace.learning.trainer import Arrays, Lesson, Plan, Rows
from millrace.learning.trial import Ground, Trial

ROWS, FOLDS = 40, 4
TRUTH = np.random.default_rng(0).integers(0, 2, ROWS)


@dataclass(frozen=True)
class Saying:
    """Answers the right class with log odds of `sure` + 4 for the setting x = 1, less as x is farther from it."""

    name: str
    sure: float = 0.0
    count: int = 1
    version: int = 1
    plan: Plan = Plan.DENSE
    bagged: bool = True
    guessed: float = 0.0
    sleeps: float = 0.0
    is_suited: bool = True
    tunes: bool = True
    fits: list[float] = field(default_factory=list, compare=False)

    @property
    def space(self) -> Space:
        return {"x": Real(0.0, 4.0)} if self.tunes else {}

    @property
    def portfolio(self) -> Sequence[Settings]:
        return [{"x": 3.0 - place / 2.0} for place in range(self.count)]

    def suits(self, task: Task, classes: int, rows: int, width: int) -> bool:
        return self.is_suited

    def seconds(self, rows: int, width: int, classes: int) -> float:
        return self.guessed

    def fit(self, lesson: Lesson, settings: Settings) -> Weights:
        time.sleep(self.sleeps)
        x = float(settings["x"])
        self.fits.append(x)
        return Weights(np.array([[self.sure + 4.0 - (x - 1.0) ** 2]]), np.zeros(1))

    def load(self, arrays: Arrays) -> Weights:
        return Weights(arrays["coefficients"], arrays["intercept"])


def search(*trainers: Saying, into: Path | None = None, **more: Any) -> Search:
    """The one column of the matrix is 1 for the second class, else -1."""
    links = more.pop("links", [Link.to_classes(Task.BINARY, 2)])
    matrix = (TRUTH * 2.0 - 1.0).astype(np.float32).reshape(-1, 1)
    number = np.arange(ROWS) % FOLDS
    metric = more.pop("metric", Metric.LOG_LOSS)
    ground = Ground(
        rows=lambda _: Rows(matrix, TRUTH),
        pairs=[(np.flatnonzero(number != k), np.flatnonzero(number == k)) for k in range(FOLDS)],
        classes=2,
        judge=lambda rows, values: objective.score(metric, TRUTH[rows], values),
        seed=0,
        threads=1,
        identity="here",
        count=ROWS,
        greater_is_better=metric.greater_is_better,
    )

    def loss(made: Trial) -> float:
        return objective.loss(metric, links[0].task, TRUTH, made.out_of_fold)

    allowance = Allowance(more.pop("trials", None), more.pop("until", None))
    return Search(trainers, ground, links, loss, allowance, Checkpoint(into), **more)


def order(trials: Sequence[Trial]) -> list[tuple[str, float]]:
    return [(made.configuration.trainer.name, float(made.configuration.settings["x"])) for made in trials]


def test_the_portfolio_comes_first_in_turns() -> None:
    found = search(Saying("a", count=2), Saying("b", count=1), Saying("c", count=3), trials=6).run()
    assert order(found) == [("a", 3.0), ("b", 3.0), ("c", 3.0), ("a", 2.5), ("c", 2.5), ("c", 2.0)]


@dataclass(frozen=True)
class OfClasses(Saying):
    """Has a setting besides that means nothing for numbers."""

    @property
    def space(self) -> Space:
        return {"x": Real(0.0, 4.0), "balance": Real(0.0, 1.0, of_classes=True)}

    @property
    def portfolio(self) -> Sequence[Settings]:
        return [{"x": x, "balance": balance} for x in (3.0, 2.0) for balance in (0.0, 0.5)]


def test_what_means_nothing_for_numbers_is_neither_tried_nor_told() -> None:
    numbers = search(OfClasses("a"), links=[Link.to_unit_of(TRUTH.astype(np.float64))], trials=9, metric=Metric.RMSE)
    tried = [dict(made.configuration.settings) for made in numbers.run()]
    assert tried[:2] == [{"x": 3.0}, {"x": 2.0}]
    assert len({settings["x"] for settings in tried}) == 9
    assert all(settings.keys() == {"x"} for settings in tried)
    classes = [dict(made.configuration.settings) for made in search(OfClasses("a"), trials=9).run()]
    assert classes[:4] == OfClasses("a").portfolio
    assert all(settings.keys() == {"x", "balance"} for settings in classes)


def test_then_the_past_is_learned_from_the_best_algorithms_most() -> None:
    trainers = (Saying("a", sure=0.04), Saying("b", sure=0.02), Saying("c"), Saying("d", sure=-0.02))
    found = search(*trainers, trials=44).run()
    after = [name for name, _ in order(found)[4:]]
    assert max(after.count(name) for name in "abc") >= 18
    assert min(after.count(name) for name in "abc") >= 5
    assert "d" not in after  # the fourth is not worth tuning
    tried = [x for name, x in order(found) if name == "a"]
    assert abs(np.median(tried[12:]) - 1.0) < abs(np.median(tried[:6]) - 1.0)


def test_the_same_seed_proposes_the_same_and_another_does_not() -> None:
    trainers = (Saying("a"), Saying("b"))
    one, same = (order(search(*trainers, trials=9).run()) for _ in range(2))
    assert one == same
    other = search(*trainers, trials=9)
    other.ground = replace(other.ground, seed=1)
    assert order(other.run())[:2] == one[:2]
    assert order(other.trials)[2:] != one[2:]


def test_more_trials_go_on_where_fewer_ended() -> None:
    trainers = (Saying("a"), Saying("b", sure=1.0))
    few, many = (order(search(*trainers, trials=count).run()) for count in (5, 9))
    assert many[:5] == few


def test_what_does_not_suit_is_not_tried() -> None:
    found = search(Saying("a", is_suited=False), Saying("b"), trials=5).run()
    assert {name for name, _ in order(found)} == {"b"}


def test_a_search_without_anything_to_tune_ends_with_the_portfolio() -> None:
    assert len(search(Saying("a", count=2, tunes=False)).run()) == 2


def test_every_form_of_the_target_is_tried_and_the_better_one_used_on() -> None:
    plain = Link.to_classes(Task.BINARY, 2)
    better = replace(plain, scale=2.0)  # another link, with answers that count the same

    def loss(made: Trial) -> float:
        return 1.0 if made.configuration.link == plain else 0.5

    for links, preferred in (([plain, better], better), ([better, plain], better)):
        asked = search(Saying("a", count=2), Saying("b"), trials=6, links=links)
        asked.loss = loss
        used = [made.configuration.link for made in asked.run()]
        assert used == [*links, preferred, preferred, preferred, preferred]


def test_time_ends_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    found = search(Saying("a", sleeps=0.02), Saying("b", sleeps=0.02), until=began + 0.8).run()
    assert len(found) >= 2
    assert time.monotonic() - began < 1.2


def test_what_takes_too_long_is_left_out() -> None:
    """By its own guess before it was tried, and by its slowest trial after."""
    soon = time.monotonic() + 1.0
    found = search(Saying("slow", guessed=30.0), Saying("quick", count=3, tunes=False), until=soon).run()
    assert {name for name, _ in order(found)} == {"quick"}
    late = search(Saying("once", sleeps=0.1, count=5, tunes=False), until=time.monotonic() + 0.7).run()
    assert len(late) == 1


def test_what_would_be_over_too_late_is_given_up_once_there_is_a_whole_trial() -> None:
    """As soon as two folds say how long the others would take, and it is not tried again."""
    slow = Saying("slow", sure=1.0, sleeps=0.5, count=3)
    found = search(Saying("quick", tunes=False), slow, until=time.monotonic() + 0.9).run()
    assert [(made.dropped, made.folds) for made in found] == [(None, FOLDS), (LATE, 2)]
    assert len(slow.fits) == 2
    alone = search(Saying("slow", sleeps=0.4), until=time.monotonic() + 0.2).run()
    assert [made.dropped for made in alone] == [None]  # one trial there must be


def test_where_there_is_time_for_nothing_the_quickest_is_tried_all_the_same() -> None:
    past = time.monotonic() - 5.0
    found = search(Saying("slow", guessed=9.0), Saying("quick", guessed=3.0), until=past).run()
    assert order(found) == [("quick", 3.0)]
    assert found[0].core is not None


def test_what_is_far_behind_is_given_up_after_a_fold() -> None:
    good, bad = Saying("good", sure=2.0, count=2), Saying("bad", sure=-3.0, count=4)
    found = search(good, bad, trials=6).run()
    dropped = [made for made in found if made.core is None]
    assert all(made.dropped == "given up after 1 fold" for made in dropped)
    assert [made.configuration.trainer.name for made in dropped].count("bad") == 1
    assert len(bad.fits) == 1  # and it is not tried again


@pytest.mark.parametrize("metric", [Metric.ACCURACY, Metric.AUC])
def test_far_behind_is_meant_in_the_metrics_direction(metric: Metric) -> None:
    found = search(Saying("good", sure=2.0), Saying("bad", sure=-9.0), trials=2, metric=metric).run()
    assert [made.core is None for made in found] == [False, True]
    found = search(Saying("bad", sure=-9.0), Saying("good", sure=2.0), trials=2, metric=metric).run()
    assert [made.core is None for made in found] == [False, False]


def test_progress_is_told_of_each_trial() -> None:
    told: list[tuple[str, int]] = []
    asked = search(Saying("a"), Saying("b"), trials=4)
    asked.progress = lambda made, number: told.append((made.configuration.name, number))
    asked.run()
    assert [number for _, number in told] == [1, 2, 3, 4]
    assert [name for name, _ in told][:2] == ["a", "b"]


def test_a_restart_makes_only_the_trials_that_are_missing(tmp_path: Path) -> None:
    trainers = (Saying("a"), Saying("b", sure=1.0))
    search(*trainers, trials=3, into=tmp_path).run()
    made = sum(len(each.fits) for each in trainers)
    assert made == 3 * FOLDS
    again = (Saying("a"), Saying("b", sure=1.0))
    found = search(*again, trials=5, into=tmp_path).run()
    assert sum(len(each.fits) for each in again) == 2 * FOLDS
    assert order(found) == order(search(Saying("a"), Saying("b", sure=1.0), trials=5).run())


@pytest.mark.parametrize("change", ["version", "identity"])
def test_a_checkpoint_of_something_else_is_not_resumed(tmp_path: Path, change: str) -> None:
    search(Saying("a"), trials=1, into=tmp_path).run()
    again = Saying("a", version=2 if change == "version" else 1)
    asked = search(again, trials=1, into=tmp_path)
    if change == "identity":
        asked.ground = replace(asked.ground, identity="elsewhere")
    asked.run()
    assert len(again.fits) == FOLDS


def test_an_allowance_without_an_end_has_all_the_time() -> None:
    assert Allowance(trials=3).left == float("inf")
    assert Allowance(until=time.monotonic() + 5.0).left == pytest.approx(5.0, abs=0.1)


def crossable(count: int, plain: float, crossed: float, folds: int = FOLDS) -> list[Plan]:
    """Plans of trials where crossing the numbers changes log odds from `plain` to `crossed`."""

    @dataclass(frozen=True)
    class Reading(Saying):
        def fit(self, lesson: Lesson, settings: Settings) -> Weights:
            return Weights(np.array([[1.0]]), np.zeros(1))

    asked = search(Reading("trees", count=2, plan=Plan.TREES), Reading("line"), trials=count)
    side = TRUTH.reshape(-1, 1) * 2.0 - 1.0
    matrices = {Plan.TREES: side * plain, Plan.CROSSED: side * crossed, Plan.DENSE: side}
    asked.ground = replace(
        asked.ground,
        rows=lambda made: Rows(matrices[made.plan].astype(np.float32), TRUTH),
        pairs=asked.ground.pairs[:folds],
    )
    asked.crosses = True
    return [made.configuration.plan for made in asked.run()]


def test_numbers_are_crossed_once_and_on_where_it_pays() -> None:
    first = [Plan.TREES, Plan.CROSSED, Plan.DENSE]
    assert crossable(4, 1.0, 2.0) == [*first, Plan.CROSSED]
    assert crossable(4, 1.0, 1.0) == [*first, Plan.TREES]
    assert crossable(4, 2.0, 1.5) == [*first, Plan.TREES]
