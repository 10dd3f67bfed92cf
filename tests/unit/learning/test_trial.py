from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from millrace.domain.spec import Metric, Task
from millrace.learning import objective, trial
from millrace.learning.checkpoint import Checkpoint
from millrace.learning.lightgbm import LightGbmTrainer
from millrace.learning.linear import LinearTrainer
from millrace.learning.link import Link
from millrace.learning.trainer import Budget, Core, FitFailedError, Lesson, Rows, Trainer
from millrace.learning.trial import Configuration, Ground, Trial
from tests import lessons

ROWS = 60


@dataclass(frozen=True)
class Watched(LinearTrainer):
    """Linear models whose lessons are kept."""

    seen: list[Lesson] = field(default_factory=list, compare=False)

    def fit(self, lesson: Lesson, settings: Any) -> Any:
        self.seen.append(lesson)
        return super().fit(lesson, settings)


def going_on(_: Sequence[float]) -> str | None:
    return None


def ground(trainer: Trainer, task: Task = Task.BINARY, folds: int = 3, **more: Any) -> tuple[Configuration, Ground]:
    to = lessons.asked(trainer, task, ROWS)
    rows = lessons.teach(trainer, to).lesson.rows
    numbers = np.arange(ROWS) % folds
    pairs = [(np.flatnonzero(numbers != k), np.flatnonzero(numbers == k)) for k in range(folds)]
    metric = Metric.LOG_LOSS if task.is_classification else Metric.RMSE
    link = to.link
    made = Ground(
        rows=lambda _: rows,
        pairs=pairs,
        classes=len(to.schema.classes),
        judge=lambda places, values: objective.score(metric, to.answers[places], values),
        seed=5,
        threads=1,
        identity="these rows",
        count=ROWS,
    )
    return Configuration(trainer, trainer.portfolio[0], link, trainer.plan), replace(made, **more)


def run(asked: tuple[Configuration, Ground], into: Path | None = None, give_up: Any = going_on) -> Trial:
    made = trial.run(*asked, Checkpoint(into), Budget(), give_up)
    assert made is not None
    return made


def same(one: Trial, other: Trial) -> bool:
    assert (one.core is None) == (other.core is None)
    np.testing.assert_array_equal(one.out_of_fold, other.out_of_fold)
    if one.core is not None and other.core is not None:
        for name, array in one.core.dump().items():
            np.testing.assert_array_equal(array, other.core.dump()[name])
    return (one.scores, one.folds, one.dropped) == (other.scores, other.folds, other.dropped)


@pytest.mark.parametrize("task", list(Task))
def test_each_row_is_answered_by_the_model_that_had_not_seen_it(task: Task) -> None:
    trainer = Watched()
    configuration, where = ground(trainer, task)
    made = run((configuration, where))
    assert made.out_of_fold.shape == (ROWS, max(1, where.classes))
    for (_, outside), lesson in zip(where.pairs, trainer.seen, strict=False):
        core = LinearTrainer().fit(lesson, configuration.settings)
        expected = configuration.link.apply(core.score(where.rows(configuration).matrix[outside]))
        np.testing.assert_allclose(made.out_of_fold[outside], expected)
    assert made.judged.tolist() == list(range(ROWS))
    expected_scores = [where.judge(outside, made.out_of_fold[outside]) for _, outside in where.pairs]
    assert made.scores == pytest.approx(expected_scores)
    assert made.score == pytest.approx(np.mean(made.scores))
    assert made.dropped is None
    assert made.folds == 3


def test_rows_of_repeats_are_averaged_and_unjudged_ones_are_missing() -> None:
    configuration, where = ground(LinearTrainer())
    single = [run((configuration, replace(where, pairs=[pair]))) for pair in where.pairs[:2]]
    both = run((configuration, replace(where, pairs=[where.pairs[0], where.pairs[0], where.pairs[1]])))
    first, second = (pair[1] for pair in where.pairs[:2])
    np.testing.assert_allclose(both.out_of_fold[first], single[0].out_of_fold[first])
    assert both.judged.tolist() == sorted([*first, *second])
    assert np.isnan(np.delete(both.out_of_fold, both.judged, axis=0)).all()


def test_each_fold_has_a_seed_of_its_own_and_its_judge() -> None:
    trainer = Watched()
    configuration, where = ground(trainer)
    run((configuration, where))
    *folds, whole = trainer.seen
    assert [lesson.seed for lesson in folds] == [5, 6, 7]
    assert [len(lesson.judge.answers) for lesson in folds if lesson.judge] == [20, 20, 20]
    assert (len(whole.rows.answers), whole.judge, whole.seed) == (ROWS, None, 5)


def test_a_bagged_core_is_the_mean_of_its_folds() -> None:
    trainer = LightGbmTrainer()
    configuration, where = ground(trainer)
    made = run((configuration, where))
    fits = []
    for fold, (inside, outside) in enumerate(where.pairs):
        rows = where.rows(configuration)
        lesson = Lesson(Task.BINARY, 2, rows.take(inside), rows.take(outside), seed=5 + fold)
        fits.append(trainer.fit(lesson, configuration.settings))
    assert made.core is not None
    matrix = where.rows(configuration).matrix
    np.testing.assert_allclose(made.core.score(matrix), np.mean([fit.score(matrix) for fit in fits], axis=0), rtol=1e-6)


@dataclass(frozen=True)
class Counting(LightGbmTrainer):
    """Says which rounds it was asked for."""

    asked: list[int | None] = field(default_factory=list, compare=False)

    def fit(self, lesson: Lesson, settings: Any) -> Any:
        self.asked.append(lesson.rounds)
        return super().fit(lesson, settings)


def test_ordered_folds_leave_early_models_behind() -> None:
    """One is fitted on all rows, for as many rounds as the folds had on average."""
    trainer = Counting()
    configuration, where = ground(trainer, is_ordered=True)
    made = run((configuration, where))
    assert trainer.asked[:3] == [None, None, None]
    assert len(trainer.asked) == 4
    rounds = trainer.asked[3]
    assert rounds is not None
    assert made.core is not None
    assert made.core.rounds == rounds
    alone = LightGbmTrainer().fit(
        Lesson(Task.BINARY, 2, where.rows(configuration), rounds=rounds, seed=5), configuration.settings
    )
    for name, array in alone.dump().items():
        np.testing.assert_array_equal(made.core.dump()[name], array)


@pytest.mark.parametrize("trainer", [LinearTrainer(), LightGbmTrainer()], ids=lambda trainer: trainer.name)
@pytest.mark.parametrize("task", list(Task))
def test_what_a_checkpoint_kept_is_the_same_trial(tmp_path: Path, trainer: Trainer, task: Task) -> None:
    asked = ground(trainer, task)
    first = run(asked, tmp_path)

    def never(*_: object) -> Core:
        raise AssertionError("it is all in the checkpoint")

    class Never(type(trainer)):  # type: ignore[misc]  # whichever it is
        fit = never

    again = run((replace(asked[0], trainer=Never()), asked[1]), tmp_path)
    assert same(first, again)
    assert again.seconds == first.seconds
    assert len(list(tmp_path.iterdir())) == 1


def test_another_trial_does_not_take_its_checkpoint() -> None:
    configuration, _ = ground(LinearTrainer())
    others = [
        configuration,
        replace(configuration, settings={**configuration.settings, "strength": 9.0}),
        replace(configuration, link=replace(configuration.link, is_log=True)),
        replace(configuration, trainer=LinearTrainer("other")),
        replace(configuration, trainer=LinearTrainer(version=99)),
    ]
    keys = {other.key("these rows") for other in others} | {configuration.key("other rows")}
    assert len(keys) == len(others) + 1


def test_a_hopeless_trial_is_given_up_and_remembered(tmp_path: Path) -> None:
    trainer = Watched()
    asked = ground(trainer)
    made = run(asked, tmp_path, lambda scores: "far behind" if len(scores) == 2 else None)
    assert (made.core, made.dropped, made.folds, len(made.scores)) == (None, "far behind", 2, 2)
    assert len(trainer.seen) == 2
    again = run(asked, tmp_path)
    assert same(made, again)
    assert len(trainer.seen) == 2


def test_how_many_folds_are_fitted_at_a_time_does_not_decide_what_is_given_up() -> None:
    configuration, where = ground(LinearTrainer(), folds=4)
    made = [
        run(
            (configuration, replace(where, threads=threads)), give_up=lambda scores: "far" if len(scores) == 3 else None
        )
        for threads in (1, 2, 3, 4)
    ]
    assert {each.folds for each in made} == {3}
    assert all(same(made[0], each) for each in made)


def test_after_the_last_fold_there_is_nothing_to_give_up() -> None:
    made = run(ground(LinearTrainer()), give_up=lambda scores: "late" if len(scores) == 3 else None)
    assert made.dropped is None
    assert made.core is not None


@pytest.mark.parametrize("error", [FitFailedError("too wild"), ValueError("too wild"), ZeroDivisionError()])
def test_a_fit_that_fails_costs_one_trial(tmp_path: Path, error: Exception) -> None:
    class Failing(LinearTrainer):
        def fit(self, lesson: Lesson, settings: Any) -> Any:
            raise error

    made = run(ground(Failing()), tmp_path)
    assert made.core is None
    assert made.dropped is not None
    assert type(error).__name__ in made.dropped
    assert same(made, run(ground(Failing()), tmp_path))


@pytest.mark.parametrize("threads", [2, 3, 4])
def test_folds_side_by_side_change_no_bit(threads: int) -> None:
    for trainer in (LinearTrainer(), LightGbmTrainer()):
        configuration, where = ground(trainer)
        one, other = (run((configuration, replace(where, threads=each))) for each in (1, threads))
        assert same(one, other)


def test_time_is_shared_evenly_between_folds() -> None:
    trainer = Watched()
    configuration, where = ground(trainer)
    until = time.monotonic() + 90.0
    trial.run(configuration, where, Checkpoint(), Budget(1, until), going_on)
    ends = [lesson.budget.until for lesson in trainer.seen]
    assert all(end is not None and end <= until + 1e-6 for end in ends)
    assert ends[0] is not None
    assert ends[0] - time.monotonic() < 90.0 / 4 + 0.5  # the one on all rows needs as much
    assert ends[-1] == until


def test_what_serves_is_not_cut_shorter_than_what_was_judged() -> None:
    trainer = Counting()
    configuration, where = ground(trainer, is_ordered=True)
    judged = trial.run(configuration, where, Checkpoint(), Budget(), going_on)
    late = LateAtLast()
    made = trial.run(
        replace(configuration, trainer=late), where, Checkpoint(), Budget(1, time.monotonic() + 60.0), going_on
    )
    assert made is not None
    assert made.core is not None
    assert judged is not None
    assert judged.core is not None
    assert made.core.rounds == judged.core.rounds


@dataclass(frozen=True)
class LateAtLast(LightGbmTrainer):
    """By the time that the model on all rows is fitted, the time is up."""

    def fit(self, lesson: Lesson, settings: Any) -> Any:
        if lesson.judge is None and lesson.budget.until is not None:
            lesson = replace(lesson, budget=replace(lesson.budget, until=time.monotonic() - 1.0))
        return super().fit(lesson, settings)


def test_a_fold_without_the_metric_has_no_score() -> None:
    configuration, where = ground(LinearTrainer())
    first = where.pairs[0][1]
    made = run((configuration, replace(where, judge=lambda rows, _: None if rows is first else 1.0)))
    assert made.scores == (1.0, 1.0)


def test_names_say_what_is_unlike_the_usual() -> None:
    link = Link.to_unit_of(np.array([1.0, 2.0]), is_log=True)
    trainer = LinearTrainer()
    assert Configuration(trainer, {}, link, trainer.plan).name == "linear, log"
    assert Configuration(trainer, {}, replace(link, is_log=False), trainer.plan).name == "linear"


def test_rows_are_taken_with_their_weights() -> None:
    rows = Rows(np.eye(3, dtype=np.float32), np.array([0, 1, 0]), np.array([1.0, 2.0, 3.0]))
    taken = rows.take(np.array([2, 0]))
    assert taken.weights is not None
    assert (taken.answers.tolist(), taken.weights.tolist()) == ([0, 0], [3.0, 1.0])
    assert rows.take(np.array([0])).weights is not None
    assert Rows(rows.matrix, rows.answers).take(np.array([0])).weights is None
