"""An attempt's search by several jobs, from the file to the report of who gathers."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from millrace.domain.job import Part
from millrace.domain.spec import Spec
from millrace.learning.linear import LinearTrainer
from millrace.learning.trainer import Plan
from millrace.usecases.search_part import search_part
from millrace.usecases.train import Trained, Training, train
from tests.rows import csv_file, lineage, mixed

TRAINERS = (LinearTrainer("linear", plan=Plan.BENT), LinearTrainer("dense", plan=Plan.DENSE))
SPEC = Spec(trials=3, folds=2, jobs=2)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Training:
    """Who gathers what two parts kept."""
    folder = tmp_path_factory.mktemp("parts")
    path = csv_file(folder / "data.csv", mixed())
    whole = Training(path, lineage(path, SPEC), checkpoints=folder / "kept", parts=2)
    counts = [search_part(replace(whole, parts=0), Part(number, 2), trainers=TRAINERS) for number in (1, 2)]
    assert counts == [2, 1]
    return whole


@pytest.fixture(scope="module")
def made(job: Training) -> Trained:
    return train(job, trainers=TRAINERS)


def test_the_report_counts_every_job_s_trials_and_says_whose_each_is(made: Trained) -> None:
    search = made.report.search
    assert search is not None
    assert (search.trials, search.asked_trials, search.jobs) == (3, 3, 2)
    assert {each.name: each.job for each in made.report.candidates} == {
        "linear 1": 1,
        "dense 1": 2,
        "linear 2": 1,
    }
    assert "missing_jobs" not in {each.code for each in made.report.warned}
    assert search.seconds >= sum(each.seconds for each in made.report.candidates if each.job == 1)


def test_the_same_trials_give_the_same_model(job: Training, made: Trained) -> None:
    assert train(job, trainers=TRAINERS).model == made.model


def test_a_lost_job_is_warned_of(job: Training, tmp_path: Path) -> None:
    search_part(replace(job, checkpoints=tmp_path), Part(1, 2), trainers=TRAINERS)
    report = train(replace(job, checkpoints=tmp_path), trainers=TRAINERS).report
    (warned,) = (each for each in report.warned if each.code == "missing_jobs")
    assert warned.says == "1 of the 2 jobs that were to search left no trial"
    assert report.search is not None
    assert (report.search.trials, report.search.jobs) == (2, 1)


def test_where_all_are_lost_the_last_job_searches_alone(job: Training, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path)
    report = train(replace(job, checkpoints=tmp_path), trainers=TRAINERS).report
    (warned,) = (each for each in report.warned if each.code == "missing_jobs")
    assert warned.says == "2 of the 2 jobs that were to search left no trial, so the last job searched alone"
    assert {each.job for each in report.candidates} == {0}
