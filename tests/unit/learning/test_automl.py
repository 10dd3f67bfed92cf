"""From typed rows to an ensemble: the same again, within its limits, for the metric and the costs that were asked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from millrace.data.table import Table
from millrace.domain.errors import Rejected
from millrace.domain.schema import MISSING_TOKEN, Column, Kind, Schema
from millrace.domain.spec import Metric, Task
from millrace.evaluation.threshold import Costs
from millrace.learning import automl, forests, objective, parity
from millrace.learning.automl import Learnt, Lessons, Wish, learn, limits_of, name_of
from millrace.learning.checkpoint import Checkpoint
from millrace.learning.ensemble import Limits
from millrace.learning.export import export
from millrace.learning.forests import ForestTrainer
from millrace.learning.lightgbm import LightGbmTrainer
from millrace.learning.linear import LinearTrainer
from millrace.learning.trainer import Lesson, Plan, Trainer
from millrace.learning.trial import Trial
from tests import rows, texts

LINES: Sequence[Trainer] = (LinearTrainer("linear", plan=Plan.BENT), LinearTrainer("dense", plan=Plan.DENSE))
MIXED: Sequence[Trainer] = (*LINES, ForestTrainer(), LightGbmTrainer())
TASKS = pytest.mark.parametrize("task", list(Task))
METRIC = {Task.BINARY: Metric.LOG_LOSS, Task.MULTICLASS: Metric.LOG_LOSS, Task.REGRESSION: Metric.RMSE}


@pytest.fixture(autouse=True)
def _small_forests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forests, "_bounds", lambda _: (20, 100))


def given(task: Task, count: int = 120, seed: int = 0, **more: Any) -> Lessons:
    table, answers = rows.typed(count, task, seed)
    return Lessons(table, answers, rows.schema(task), **more)


def wish(task: Task, trials: int | None = 3, **more: Any) -> Wish:
    return Wish(METRIC[task], **{"trials": trials, "folds": 2, **more})


def file_of(learnt: Learnt) -> bytes:
    return export(learnt.fitted, learnt.school.schema)


def loss(learnt: Learnt) -> float:
    """Of the mixture, before it is calibrated."""
    school, judged = learnt.school, learnt.judged
    mixed = sum(weight * learnt.trials[place].out_of_fold[judged] for place, weight in learnt.weights.items())
    return objective.loss(learnt.wish.metric, school.schema.task, school.answers[judged], np.asarray(mixed))


@TASKS
def test_the_same_trials_give_the_same_bytes(task: Task) -> None:
    """Whatever the threads."""
    made = [file_of(learn(given(task), wish(task, 5, threads=each), trainers=MIXED)) for each in (1, 2)]
    assert made[0] == made[1]
    assert file_of(learn(given(task), wish(task, 5, seed=1), trainers=MIXED)) != made[0]


def test_models_of_the_past_only_say_how_sure_to_be() -> None:
    """Their shift is not that of one that learned from all, so of rows in the order of time no line is learned."""
    to = given(Task.BINARY, times=np.arange(120.0))
    learnt = learn(to, wish(Task.BINARY, 2, folds=4), trainers=LINES)
    assert learnt.calibrated is not None
    assert learnt.calibrated.losses.keys() == {"none", "temperature"}
    unordered = learn(given(Task.BINARY), wish(Task.BINARY, 2, folds=4), trainers=LINES)
    assert unordered.calibrated is not None
    assert "platt" in unordered.calibrated.losses


@TASKS
def test_the_graph_says_what_the_ensemble_says(task: Task) -> None:
    to = given(task)
    learnt = learn(to, wish(task, 5), trainers=MIXED)
    fresh = given(task, 80, seed=1).table
    found = parity.check(file_of(learnt), learnt.fitted, fresh, to.schema)
    assert found.max_difference <= 1e-5
    assert found.flips_far == 0
    assert sum(learnt.weights.values()) == pytest.approx(1.0)
    assert [member.name for member in learnt.fitted.members] == [
        name_of(learnt.trials, place) for place in sorted(learnt.weights, key=lambda i: (-learnt.weights[i], i))
    ]


@TASKS
def test_answers_are_of_members_that_had_not_seen_the_row(task: Task) -> None:
    learnt = learn(given(task), wish(task, 4), trainers=MIXED)
    mixed = sum(weight * learnt.trials[place].out_of_fold[learnt.judged] for place, weight in learnt.weights.items())
    np.testing.assert_allclose(learnt.answers, learnt.fitted.calibration.apply(np.asarray(mixed)))
    assert learnt.judged.tolist() == list(range(120))
    inside = learnt.fitted.predict(learnt.school.table)
    truth = learnt.school.answers
    assert objective.loss(METRIC[task], task, truth, learnt.answers) > objective.loss(METRIC[task], task, truth, inside)


@TASKS
@pytest.mark.parametrize("seed", [0, 1])
def test_more_trials_never_make_a_worse_ensemble(task: Task, seed: int) -> None:
    losses = [loss(learn(given(task, seed=seed), wish(task, count, seed=seed), trainers=MIXED)) for count in (1, 3, 5)]
    assert losses == sorted(losses, reverse=True)


@TASKS
def test_the_ensemble_is_no_worse_than_its_best_member(task: Task) -> None:
    learnt = learn(given(task), wish(task, 6), trainers=MIXED)
    assert loss(learnt) <= min(learnt.school.loss(made) for made in learnt.trials if made.core)


@dataclass(frozen=True)
class Counting(LinearTrainer):
    """Counts its fits."""

    fits: list[int] = field(default_factory=list, compare=False)

    def fit(self, lesson: Lesson, settings: Any) -> Any:
        self.fits.append(len(lesson.rows.answers))
        return super().fit(lesson, settings)


@TASKS
@pytest.mark.parametrize("after", [1, 3])
def test_a_killed_search_goes_on_where_it_was(tmp_path: Path, task: Task, after: int) -> None:
    def kill(_: Trial, number: int) -> None:
        if number == after:
            raise SystemExit

    first = (Counting("linear", plan=Plan.BENT), Counting("dense"))
    with pytest.raises(SystemExit):
        learn(given(task), wish(task, 5), trainers=first, checkpoint=Checkpoint(tmp_path), progress=kill)
    assert len(list(tmp_path.iterdir())) == after
    again = (Counting("linear", plan=Plan.BENT), Counting("dense"))
    found = learn(given(task), wish(task, 5), trainers=again, checkpoint=Checkpoint(tmp_path))
    alone = (Counting("linear", plan=Plan.BENT), Counting("dense"))
    whole = learn(given(task), wish(task, 5), trainers=alone)
    fits = [sum(len(each.fits) for each in trainers) for trainers in (first, again, alone)]
    assert fits[0] + fits[1] == fits[2]
    assert file_of(found) == file_of(whole)


def rare(balance: bool, **more: Any) -> Learnt:
    table, answers = rows.typed(200, Task.BINARY)
    kept = np.flatnonzero((np.asarray(answers) == 0) | (np.arange(200) % 8 == 0))
    to = Lessons(table.take(kept), answers[kept], rows.schema(Task.BINARY), **more)
    return learn(to, wish(Task.BINARY, 2, balance=balance), trainers=LINES)


def test_balance_has_each_class_weigh_the_same() -> None:
    plain, balanced = rare(False), rare(True)
    assert plain.school.weights is None
    weights = balanced.school.weights
    assert weights is not None
    sums = [weights[np.asarray(balanced.school.answers) == side].sum() for side in (0, 1)]
    assert sums[0] == pytest.approx(sums[1])
    assert weights.mean() == pytest.approx(1.0)
    assert balanced.answers[:, 1].mean() > plain.answers[:, 1].mean() + 0.1


def test_balance_multiplies_the_rows_own_weights_and_leaves_numbers_alone() -> None:
    own = np.random.default_rng(0).random(120) + 0.5
    made = learn(given(Task.BINARY, weights=own), wish(Task.BINARY, 1, balance=True), trainers=LINES[:1])
    weights, answers = made.school.weights, np.asarray(made.school.answers)
    assert weights is not None
    for side in (0, 1):
        ratios = weights[answers == side] / own[answers == side]
        np.testing.assert_allclose(ratios, ratios[0])
    numbers = learn(given(Task.REGRESSION, weights=own), wish(Task.REGRESSION, 1, balance=True), trainers=LINES[:1])
    np.testing.assert_array_equal(numbers.school.weights, own)


def test_costs_move_the_threshold_and_the_labels() -> None:
    to = given(Task.BINARY)
    found = {}
    for costs in (Costs(1.0, 9.0), Costs(9.0, 1.0)):
        learnt = learn(to, wish(Task.BINARY, 2, aim=costs), trainers=LINES)
        found[costs.false_negative] = learnt.fitted.threshold
        labels = parity.run(file_of(learnt), to.table, to.schema).labels
        positive = parity.run(file_of(learnt), to.table, to.schema).values[:, 1]
        assert learnt.fitted.threshold is not None
        np.testing.assert_array_equal(labels == "yes", positive >= np.float32(learnt.fitted.threshold))
    careful, bold = found[9.0], found[1.0]
    assert careful is not None
    assert bold is not None
    assert careful < 0.35 < 0.65 < bold


def test_a_threshold_is_for_two_classes_and_for_an_aim() -> None:
    assert learn(given(Task.BINARY), wish(Task.BINARY, 1), trainers=LINES).fitted.threshold is None
    three = wish(Task.MULTICLASS, 1, aim=Metric.F1)
    assert learn(given(Task.MULTICLASS), three, trainers=LINES).fitted.threshold is None
    two = replace(wish(Task.BINARY, 1, aim=Metric.F1), metric=Metric.F1)
    assert learn(given(Task.BINARY), two, trainers=LINES).fitted.threshold is not None


@TASKS
def test_limits_on_size_and_cost_are_kept(task: Task) -> None:
    free = learn(given(task), wish(task, 6), trainers=MIXED)
    assert free.limits == limits_of(free.wish) == Limits(20e6, 1_000.0)
    cores = [made.core for made in free.trials if made.core]
    for limits in (Limits(min(core.size for core in cores) * 1.5, np.inf), Limits(np.inf, 12.0)):
        within = free.again(limits)
        assert sum(member.core.size for member in within.fitted.members) <= limits.size
        assert sum(member.core.cost for member in within.fitted.members) <= limits.cost
        assert loss(within) >= loss(free)
    tiny = learn(given(task), wish(task, 6, megabytes=1e-6, milliseconds=1e-6), trainers=MIXED)
    assert len(tiny.weights) == 1  # one there must be
    (member,) = tiny.fitted.members
    assert member.core.size <= min(core.size for core in cores)


@pytest.mark.parametrize("count", [1, 9, 10, 11, 25, 1_000])
def test_of_many_rows_some_evenly_chosen_select_the_members(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automl, "SELECTING", 10)
    chosen = automl.selecting(np.arange(count))
    assert chosen[0] == 0
    assert min(count, 5) <= len(chosen) <= 10
    assert len(set(np.diff(chosen).tolist())) <= 1


def test_members_are_selected_by_some_rows_and_judged_by_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automl, "SELECTING", 30)
    learnt = learn(given(Task.BINARY), wish(Task.BINARY, 5), trainers=MIXED)
    assert len(learnt.answers) == len(learnt.judged) == 120


def test_a_refused_trial_is_left_out() -> None:
    free = learn(given(Task.BINARY), wish(Task.BINARY, 5), trainers=MIXED)
    best = max(free.weights, key=lambda place: free.weights[place])
    without = free.again(free.limits, frozenset([best]))
    assert best not in without.weights
    assert without.trials == free.trials


def test_groups_never_straddle() -> None:
    """Each group has its own answer, which only its other rows tell."""
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(30), 6)
    names = np.array([f"group {each}" for each in groups], dtype=object)
    answers = random.integers(0, 2, 30)[groups]
    schema = Schema((Column("name", Kind.CATEGORY, MISSING_TOKEN),), "y", Task.BINARY, ("a", "b"))
    to = Lessons(Table({"name": names}, 180), answers, schema)
    asked = wish(Task.BINARY, 1, folds=6)
    apart, mixed = (learn(each, asked, trainers=LINES[:1]) for each in (replace(to, groups=groups), to))
    assert loss(apart) > 0.6
    assert loss(mixed) < 0.5


@TASKS
def test_rows_in_order_of_time_are_judged_by_older_ones(task: Task) -> None:
    times = np.random.default_rng(0).permutation(120).astype(np.float64)
    trainer = Counting("linear", plan=Plan.BENT)
    learnt = learn(given(task, times=times), wish(task, 1), trainers=[trainer])
    assert times[learnt.judged].min() > np.delete(times, learnt.judged).max()
    assert trainer.fits == sorted(trainer.fits)
    assert trainer.fits[-1] == 120  # and what serves knows all of them


def test_a_target_that_is_constant_in_a_fold_is_learned() -> None:
    """The oldest rows all say the same."""
    table, answers = rows.typed(120, Task.REGRESSION)
    times = np.arange(120, dtype=np.float64)
    early = np.where(times < 60, 5e6, answers)
    to = Lessons(table, early, rows.schema(Task.REGRESSION), times=times)
    learnt = learn(to, wish(Task.REGRESSION, 4), trainers=MIXED)
    assert np.isfinite(learnt.answers).all()
    sides = np.where(times < 60, 0, rows.typed(120, Task.BINARY)[1])
    two = learn(Lessons(table, sides, rows.schema(Task.BINARY), times=times), wish(Task.BINARY, 4), trainers=MIXED)
    assert np.isfinite(two.answers).all()
    assert any(made.core for made in two.trials)


def test_a_skewed_target_is_learned_by_its_logarithm() -> None:
    table, answers = rows.typed(160, Task.REGRESSION)
    skewed = np.exp((answers - answers.mean()) / answers.std() * 2.0)
    schema = rows.schema(Task.REGRESSION)
    learnt = learn(Lessons(table, skewed, schema), wish(Task.REGRESSION, 4), trainers=LINES)
    forms = [made.configuration.link.is_log for made in learnt.trials]
    assert forms[:2] == [False, True]
    assert forms[2:] == [True, True]
    best = max(learnt.weights, key=lambda place: learnt.weights[place])
    assert learnt.trials[best].configuration.link.is_log
    assert parity.check(file_of(learnt), learnt.fitted, table, schema).max_difference <= 1e-5


def test_probabilities_are_calibrated_and_numbers_are_not() -> None:
    classes = learn(given(Task.BINARY), wish(Task.BINARY, 2), trainers=LINES)
    assert classes.calibrated is not None
    assert {"none", "temperature", "platt"} <= classes.calibrated.losses.keys()
    assert classes.fitted.calibration is classes.calibrated.calibration
    assert learn(given(Task.REGRESSION), wish(Task.REGRESSION, 1), trainers=LINES).calibrated is None


def test_a_metric_that_no_fold_allows_is_refused() -> None:
    table, _ = rows.typed(20, Task.BINARY)
    answers = np.array([1] * 19 + [0])  # the only row of its class is always learned from
    asked = replace(wish(Task.BINARY, 1), metric=Metric.AUC)
    with pytest.raises(Rejected) as refused:
        learn(Lessons(table, answers, rows.schema(Task.BINARY)), asked, trainers=LINES)
    assert refused.value.code == "metric_undefined"


def test_time_is_kept() -> None:
    began = time.monotonic()
    learnt = learn(given(Task.BINARY), wish(Task.BINARY, None, seconds=2.5), trainers=LINES)
    assert time.monotonic() - began < 2.75
    assert len(learnt.trials) > 2
    assert learnt.seconds < 2.75


def test_no_time_at_all_gives_a_model_all_the_same() -> None:
    learnt = learn(given(Task.BINARY), wish(Task.BINARY, None, seconds=0.0), trainers=LINES)
    assert len(learnt.weights) == 1


@TASKS
def test_text_beside_numbers_is_learned_by_both_kinds(task: Task) -> None:
    table, answers = texts.messages(100, task)
    to = Lessons(table, answers, texts.schema(task, texts.AGE))
    asked = wish(task, 3)
    learnt = learn(to, asked)
    assert any(made.configuration.plan.reads_text for made in learnt.trials)
    assert parity.check(file_of(learnt), learnt.fitted, table, to.schema).max_difference <= 1e-5


@TASKS
def test_one_column_of_any_kind_is_enough(task: Task) -> None:
    whole, answers = rows.typed(80, task)
    for column in rows.COLUMNS:
        table = Table({column.name: whole[column.name]}, 80)
        learnt = learn(Lessons(table, answers, rows.schema(task, [column])), wish(task, 2), trainers=MIXED)
        assert learnt.weights


def test_neither_rows_nor_answers_change() -> None:
    to = given(Task.BINARY)
    before = {name: values.copy() for name, values in to.table.columns.items()}
    answers = to.answers.copy()
    learn(to, wish(Task.BINARY, 4), trainers=MIXED)
    for name, values in before.items():
        np.testing.assert_array_equal(to.table[name], values)
    np.testing.assert_array_equal(to.answers, answers)
