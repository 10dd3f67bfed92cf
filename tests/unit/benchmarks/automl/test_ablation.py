"""What is left of a search without one of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.automl import ablation, ours, parts
from benchmarks.automl.programs.asked import Question
from millrace import learning
from millrace.domain.spec import Metric, Spec
from millrace.learning import notebook
from millrace.learning.trainer import Trainer
from tests.rows import csv_file, mixed
from tests.trained import OneForest, OneLine


def model(monkeypatch: pytest.MonkeyPatch, trainers: Sequence[Trainer], spec: Spec | None = None) -> learning.Model:
    monkeypatch.setattr(notebook, "TRAINERS", trainers)
    return learning.fit(mixed(300), "answer", trials=len(trainers), spec=spec or Spec(folds=3))


def asked(folder: Path, **more: str) -> Question:
    train, test = csv_file(folder / "train.csv", mixed(300)), csv_file(folder / "test.csv", mixed(200))
    question = Question(train, test, "answer", "binary", "log_loss", 5.0, 1, 0, folder)
    return replace(question, **more)  # type: ignore[arg-type]  # fields by name


def test_each_part_has_its_ratio_and_the_file_its_parity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = model(monkeypatch, (OneLine(), OneForest()))
    told = ours.of_pipeline(asked(tmp_path), found)
    assert told["parity"] < 1e-4
    assert told["flips_far"] == 0
    ratios = {name.removeprefix(parts.WITHOUT): value for name, value in told.items() if "without" in name}
    assert ratios.keys() == {"line", "trees", ablation.MIXING, ablation.CALIBRATION}
    assert all(0.2 < ratio < 5.0 for ratio in ratios.values())
    assert {ratios["line"], ratios["trees"]} >= {ratios[ablation.MIXING]}  # what is left is the better one alone
    assert ours.of_pipeline(replace(asked(tmp_path), seed=1), found).keys() == {"parity", "flips_far"}


def test_what_is_all_there_is_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = model(monkeypatch, (OneLine(),), Spec(folds=3, metric=Metric.AUC))
    assert {name for name in ours.of_pipeline(asked(tmp_path), found) if "without" in name} == {"without calibration"}


def test_numbers_have_no_calibration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(notebook, "TRAINERS", (OneLine(), OneForest()))
    random = np.random.default_rng(0)
    x = random.normal(size=300)
    rows: dict[str, list[object]] = {"x": x.tolist(), "y": (np.sin(x) + random.normal(0.0, 0.1, 300)).tolist()}
    found = learning.fit(rows, "y", trials=2, spec=Spec(folds=3))
    question = replace(asked(tmp_path), target="y", task="regression", test=csv_file(tmp_path / "y.csv", rows))
    told = ours.of_pipeline(question, found)
    assert {name for name in told if "without" in name} == {"without line", "without trees", "without mixing"}
    assert told["parity"] < 1e-4
