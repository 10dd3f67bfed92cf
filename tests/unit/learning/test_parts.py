"""Searches side by side: they share the configurations and the trials, and one gathers what they kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from millrace.domain.job import Part
from millrace.domain.spec import Metric, Task
from millrace.learning import trial
from millrace.learning.automl import Learnt, Lessons, Wish, gather, learn, learn_part
from millrace.learning.checkpoint import Checkpoint
from millrace.learning.export import export
from millrace.learning.lightgbm import LightGbmTrainer
from millrace.learning.linear import LinearTrainer
from millrace.learning.space import Settings
from millrace.learning.trainer import Core, Lesson, Plan, Trainer
from millrace.learning.trial import Trial
from tests.rows import schema, typed

TRAINERS: Sequence[Trainer] = (LinearTrainer("linear", plan=Plan.BENT), LinearTrainer("dense", plan=Plan.DENSE))
WISH = Wish(Metric.LOG_LOSS, trials=7, folds=2, identity="these rows")
PARTS = (Part(1, 2), Part(2, 2))


def lessons(rows: int = 120, task: Task = Task.BINARY) -> Lessons:
    table, answers = typed(rows, task)
    return Lessons(table, answers, schema(task))


def part(number: int, folder: Path, wish: Wish = WISH, **more: Any) -> tuple[Trial, ...]:
    given = more.pop("lessons", None) or lessons()
    return learn_part(
        given, wish, Part(number, more.pop("of", 2)), checkpoint=Checkpoint(folder), trainers=TRAINERS, **more
    )


def gathered(folder: Path, wish: Wish = WISH) -> Learnt:
    return gather(lessons(), wish, checkpoint=Checkpoint(folder), trainers=TRAINERS)


def tried(trials: Sequence[Trial]) -> list[tuple[str, Settings]]:
    return [(made.configuration.trainer.name, dict(made.configuration.settings)) for made in trials]


@dataclass
class Counted:
    """A trainer of the same name that fits nothing anew."""

    trainer: Trainer
    fits: list[int] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.trainer, name)

    def fit(self, lesson: Lesson, settings: Settings) -> Core:
        self.fits.append(1)
        return self.trainer.fit(lesson, settings)


def test_trials_are_shared_and_none_is_made_twice(tmp_path: Path) -> None:
    one, two = part(1, tmp_path), part(2, tmp_path)
    assert (len(one), len(two)) == (4, 3)
    assert [made.turn.job for made in (*one, *two)] == [1] * 4 + [2] * 3
    whole = [json.dumps(each) for each in tried((*one, *two))]
    assert len(set(whole)) == 7
    assert {name for name, _ in tried(one)} == {"linear"}  # two algorithms dealt to two parts, and what follows on them
    assert {name for name, _ in tried(two)} == {"dense"}


def test_shares_add_up() -> None:
    for trials in (0, 1, 7, 8, 100):
        for of in (2, 3, 16):
            shares = [Part(number, of).share(trials) for number in range(1, of + 1)]
            assert sum(shares) == trials
            assert max(shares) - min(shares) <= 1


def test_a_part_beyond_the_portfolio_proposes(tmp_path: Path) -> None:
    entries = sum(len(each.portfolio) for each in TRAINERS)
    found = part(entries + 1, tmp_path, replace(WISH, trials=2 * (entries + 1)), of=entries + 1)
    other = part(entries + 2, tmp_path, replace(WISH, trials=2 * (entries + 2)), of=entries + 2)
    assert (len(found), len(other)) == (2, 2)
    assert tried(found) != tried(other)


def test_whichever_part_ends_first_the_model_is_the_same(tmp_path: Path) -> None:
    for number in (1, 2):
        part(number, tmp_path / "forward")
    for number in (2, 1):
        part(number, tmp_path / "backward")
    one, other = gathered(tmp_path / "forward"), gathered(tmp_path / "backward")
    assert one.weights == other.weights
    assert [made.turn for made in one.trials] == [made.turn for made in other.trials]
    assert [made.turn.job for made in one.trials] == [1, 2, 1, 2, 1, 2, 1]
    assert export(one.fitted, schema(Task.BINARY)) == export(other.fitted, schema(Task.BINARY))


def test_who_gathers_fits_nothing_and_chooses_among_all(tmp_path: Path) -> None:
    made = {json.dumps(each) for number in (1, 2) for each in tried(part(number, tmp_path))}
    counted = [Counted(each) for each in TRAINERS]
    learnt = gather(lessons(), WISH, checkpoint=Checkpoint(tmp_path), trainers=counted)
    assert sum(len(each.fits) for each in counted) == 0
    assert {json.dumps(each) for each in tried(learnt.trials)} == made


def test_a_lost_part_and_a_damaged_trial_are_absent(tmp_path: Path) -> None:
    *others, last = part(2, tmp_path)
    kept = tmp_path / f"{last.configuration.key(WISH.identity)}.npz"
    kept.write_bytes(kept.read_bytes()[:-50])
    assert len(gathered(tmp_path).trials) == len(others) == 2


def test_trials_of_other_rows_or_another_spec_are_not_gathered(tmp_path: Path) -> None:
    part(1, tmp_path, replace(WISH, identity="other rows"))
    assert {made.turn.job for made in gathered(tmp_path, replace(WISH, trials=1)).trials} == {0}


def test_trials_of_another_number_of_rows_are_not_gathered(tmp_path: Path) -> None:
    part(1, tmp_path, lessons=lessons(118))
    assert {made.turn.job for made in gathered(tmp_path, replace(WISH, trials=1)).trials} == {0}


def test_where_no_part_left_a_trial_the_last_job_searches_alone(tmp_path: Path) -> None:
    alone = learn(lessons(), WISH, trainers=TRAINERS)
    found = gathered(tmp_path)
    assert tried(found.trials) == tried(alone.trials)
    assert export(found.fitted, schema(Task.BINARY)) == export(alone.fitted, schema(Task.BINARY))


def test_a_part_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    part(1, tmp_path / "whole")

    def stop(made: Trial, number: int) -> None:
        if number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        part(1, tmp_path / "killed", progress=stop)
    assert len(list((tmp_path / "killed").iterdir())) == 2
    part(1, tmp_path / "killed")
    assert {each.name for each in (tmp_path / "killed").iterdir()} == {
        each.name for each in (tmp_path / "whole").iterdir()
    }


def test_each_part_finds_the_better_form_of_the_target_by_itself(tmp_path: Path) -> None:
    table, answers = typed(120, Task.REGRESSION)
    skewed = Lessons(table, np.exp((answers - answers.mean()) / answers.std() * 2), schema(Task.REGRESSION))
    wish = replace(WISH, metric=Metric.RMSE, trials=6)
    found = [part(number, tmp_path, wish, lessons=skewed) for number in (1, 2)]
    assert [{made.configuration.link.is_log for made in trials[:2]} for trials in found] == [{False, True}] * 2
    learnt = gather(skewed, wish, checkpoint=Checkpoint(tmp_path), trainers=TRAINERS)
    assert {made.configuration.link.is_log for made in learnt.trials} == {False, True}


def test_only_the_best_of_very_many_are_chosen_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        part(number, tmp_path)
    every = gathered(tmp_path).trials
    ranked = sorted((made for made in every if made.core is not None), key=lambda made: (made.score, made.turn))
    assert len(ranked) > 2
    monkeypatch.setattr(trial, "WHOLE", 2)
    learnt = gathered(tmp_path)
    assert [made.turn for made in learnt.trials] == [made.turn for made in every]
    whole = {made.turn for made in learnt.trials if made.core is not None}
    assert whole == {made.turn for made in ranked[:2]}
    behind = [made for made in learnt.trials if made.dropped == trial.BEHIND]
    assert len(behind) == len(ranked) - 2
    assert all(made.scores and not made.out_of_fold.size for made in behind)


def test_a_part_begins_with_trees_where_it_has_some(tmp_path: Path) -> None:
    """They tell whether crossed numbers pay; a part without a share of the trials does nothing."""
    trainers = (LinearTrainer("linear", plan=Plan.BENT), LinearTrainer("dense", plan=Plan.DENSE), LightGbmTrainer())
    wish = replace(WISH, trials=4)
    found = learn_part(lessons(), wish, Part(1, 2), checkpoint=Checkpoint(tmp_path), trainers=trainers)
    assert [made.configuration.plan for made in found] == [Plan.TREES, Plan.CROSSED]
    assert part(2, tmp_path, replace(WISH, trials=1)) == ()
