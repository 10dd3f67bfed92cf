"""A job that was stopped goes on after the last trial it finished."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from millrace.learning.forest import Trees
from millrace.learning.space import Settings
from millrace.learning.trainer import Lesson
from millrace.usecases.train import train
from tests.rows import csv_file, mixed
from tests.trained import OneForest, OneLine, job


@dataclass(frozen=True)
class Stopped(OneForest):
    """A trainer during which the machine goes away."""

    def fit(self, lesson: Lesson, settings: Settings) -> Trees:
        raise KeyboardInterrupt


def test_a_job_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    path, kept = csv_file(tmp_path / "data.csv", mixed(seed=1)), tmp_path / "checkpoints"
    with pytest.raises(KeyboardInterrupt):
        train(job(path, checkpoints=kept), trainers=(OneLine(), Stopped()))
    assert len(list(kept.iterdir())) == 1
    made = train(job(path, checkpoints=kept), trainers=(OneLine(), OneForest()))
    assert made.model == train(job(path), trainers=(OneLine(), OneForest())).model
    assert len(list(kept.iterdir())) == 2


def test_a_job_that_was_done_fits_no_trial_again(tmp_path: Path) -> None:
    path, kept = csv_file(tmp_path / "data.csv", mixed(seed=1)), tmp_path / "checkpoints"
    first = train(job(path, checkpoints=kept), trainers=(OneLine(), OneForest()))
    assert set(first.manifest.algorithm.split(" + ")) == {"line", "trees"}  # which read two matrices
    again = train(job(path, checkpoints=kept), trainers=(OneLine(), Stopped()))
    assert again.model == first.model
