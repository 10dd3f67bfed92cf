"""A real program under the protocol, from a file to figures; and answers that are none."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.automl import measure, splits
from benchmarks.automl.cells import Cell, Floats
from benchmarks.automl.datasets import DATA, Dataset, Division, Field, Rows
from benchmarks.automl.measure import MACRO_F1
from benchmarks.automl.programs import order
from benchmarks.automl.splits import Split
from benchmarks.automl.systems import SYSTEMS
from millrace.domain.spec import Metric, Task

CELL = Cell("drawn", "linear", 0, None)
HERE = replace(SYSTEMS["linear"], lock="dev")  # this environment has scikit-learn and pandas too


def split_of(folder: Path, name: str = "drawn") -> Split:
    source = random.Random(0)
    cells = []
    for _ in range(300):
        number, colour = source.gauss(0.0, 1.0), source.choice(["red", "blue", "green"])
        label = number + (colour == "red") + source.gauss(0.0, 0.5) > 0.3
        cells.append(["" if source.random() < 0.05 else f"{number:.3f}", colour, str(int(label))])
    path = folder / name / "data.csv"
    path.parent.mkdir()
    Rows(("number", "colour", "y"), cells).write(path, range(300))
    return splits.made(Dataset(name, "y", Task.BINARY, Metric.AUC), 0, folder / "splits")


@pytest.fixture
def split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Split:
    monkeypatch.setenv(DATA, str(tmp_path))
    return split_of(tmp_path)


def test_a_program_is_asked_and_judged(split: Split) -> None:
    measured, answers = measure.measure(CELL, HERE, split)
    assert measured.error == ""
    assert answers is not None
    assert answers.shape == (90, 2)
    np.testing.assert_allclose(answers.sum(axis=1), 1.0)
    assert measured.scores["auc"] > 0.9
    assert measured.scores == measure.scores(split, answers)
    assert measured.versions.keys() == {"scikit-learn"}
    assert min(measured.fit_seconds, measured.artifact_bytes, measured.row_ms, measured.batch_ms) > 0


@pytest.mark.parametrize(("division", "told"), [(Division.TIME, "1"), (Division.RANDOM, "0")])
def test_that_rows_are_in_the_order_of_time_is_told(
    split: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, division: Division, told: str
) -> None:
    (tmp_path / "says_order.py").write_text(f"import os, sys; sys.exit('told ' + os.environ['{order.VARIABLE}'])")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    asked = replace(split, dataset=replace(split.dataset, division=division))
    measured, _ = measure.measure(CELL, replace(HERE, module="says_order"), asked)
    assert measured.error == f"told {told}"


def test_a_program_that_fails_says_why(split: Split) -> None:
    measured, answers = measure.measure(CELL, replace(HERE, module="benchmarks.automl.programs.absent"), split)
    assert "absent" in measured.error
    assert answers is None
    assert measured.scores == {}


@pytest.mark.parametrize("shape", [(90, 3), (89, 2)])
def test_answers_of_another_shape_are_none(
    split: Split, shape: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _told(split, np.full(shape, 0.5), tmp_path, monkeypatch).startswith(f"answers are {shape}")


def test_answers_that_are_no_numbers_are_none(split: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "not finite" in _told(split, np.full((90, 2), np.nan), tmp_path, monkeypatch)


def _told(split: Split, answers: Floats, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    def run(command: list[str], _threads: int, _seconds: float, *, in_order: bool) -> str:
        out = Path(command[command.index("--out") + 1])
        assert not in_order
        np.save(out / "answers.npy", answers)
        (out / "figures.json").write_text("{}")
        return ""

    monkeypatch.setattr(measure, "_run", run)
    measured, _ = measure.measure(CELL, HERE, split)
    return measured.error


def test_of_two_classes_macro_f1_is_about_both(split: Split) -> None:
    truth = np.asarray(split.truth)
    answers = np.column_stack([np.zeros(len(truth)), np.ones(len(truth))])  # always the second
    found = measure.scores(split, answers)
    second = 2 * truth.mean() / (1 + truth.mean())
    assert found["f1"] == pytest.approx(second)
    assert found[MACRO_F1] == pytest.approx(second / 2)


def test_a_class_that_nobody_could_learn_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA, str(tmp_path))
    folder = tmp_path / "owned"
    folder.mkdir()
    (folder / "train.csv").write_text("text,y\na,one\nb,two\n")
    (folder / "test.csv").write_text("text,y\na,one\nc,three\n")
    dataset = Dataset("owned", "y", Task.BINARY, Metric.ACCURACY, "train.csv", 1, Field.TEXT, Division.OWN)
    split = splits.made(dataset, 0, tmp_path / "splits")
    found = measure.scores(split, np.array([[1.0, 0.0], [1.0, 0.0]]))
    assert found == {MACRO_F1: pytest.approx(1 / 3), "accuracy": 0.5}
