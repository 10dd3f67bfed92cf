"""What is held out: so much, of every class, the latest rows, whole groups, or what the data's makers chose."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from benchmarks.automl import datasets, splits
from benchmarks.automl.datasets import DATA, DATASETS, Dataset, Division, Field, Rows, read
from millrace.domain.spec import Metric, Task

LABELS = ["yes"] * 30 + ["no"] * 70
DATASET = Dataset("drawn", "y", Task.BINARY, Metric.AUC)


def rows(count: int = 100) -> Rows:
    cells = [[str(i), f"g{i // 10}", LABELS[i % 100]] for i in range(count)]
    return Rows(("x", "group", "y"), cells)


def of(division: Division, seed: int = 0) -> tuple[list[int], list[int]]:
    group = "group" if division is Division.GROUP else None
    return splits.divide(Dataset("d", "y", Task.BINARY, Metric.AUC, division=division, group=group), rows(), seed)


def test_classes_keep_their_shares() -> None:
    train, test = of(Division.RANDOM)
    assert sorted([*train, *test]) == list(range(100))
    assert sum(LABELS[row] == "yes" for row in test) == 9
    assert of(Division.RANDOM) == (train, test)
    assert of(Division.RANDOM, seed=1) != (train, test)


def test_a_stream_is_judged_on_its_end() -> None:
    assert of(Division.TIME) == (list(range(70)), list(range(70, 100))) == of(Division.TIME, seed=5)


def test_no_group_is_on_both_sides() -> None:
    train, test = of(Division.GROUP)
    assert len(test) == 30
    assert {row // 10 for row in train} & {row // 10 for row in test} == set()


def write(path: Path, count: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows(count).write(path, range(count))


def test_both_files_are_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA, str(tmp_path))
    write(tmp_path / "drawn/data.csv", 100)
    split = splits.made(DATASET, 0, tmp_path / "splits")
    assert (split.rows, len(split.held_out), split.classes) == (100, 30, ("no", "yes"))
    held = read(split.test)
    assert [int(cell) for cell in held.column("x")] == split.held_out.tolist()
    assert split.truth.tolist() == [("no", "yes").index(label) for label in held.column("y")]
    before = split.train.stat().st_mtime_ns
    assert splits.made(DATASET, 0, tmp_path / "splits").train.stat().st_mtime_ns == before


def test_the_column_of_groups_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA, str(tmp_path))
    write(tmp_path / "grouped/data.csv", 100)
    dataset = Dataset("grouped", "y", Task.BINARY, Metric.AUC, division=Division.GROUP, group="group")
    assert read(splits.made(dataset, 0, tmp_path / "splits").train).names == ("x", "y")


def test_a_class_that_nobody_could_learn_is_no_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA, str(tmp_path))
    folder = tmp_path / "owned"
    write(folder / "train.csv", 100)
    (folder / "test.csv").write_text("x,group,y\n1,g,yes\n2,g,never\n")
    dataset = Dataset("owned", "y", Task.BINARY, Metric.ACCURACY, "train.csv", 1, Field.TEXT, Division.OWN)
    split = splits.made(dataset, 0, tmp_path / "splits")
    assert split.truth.tolist() == [1, -1]
    assert (split.rows, split.held_out.tolist()) == (102, [100, 101])


def test_labels_and_texts_with_tabs_between_are_read(tmp_path: Path) -> None:
    path = tmp_path / "sms.tsv"
    path.write_text('ham\tHe said "no"\tand left, ok\nspam\tWIN\n')
    assert read(path) == Rows(("label", "text"), [["ham", 'He said "no"\tand left, ok'], ["spam", "WIN"]])


def test_a_file_that_changed_is_another_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contents = []
    for name, count in (("a", 100), ("b", 99)):
        monkeypatch.setenv(DATA, str(tmp_path / name))
        write(tmp_path / name / "drawn/data.csv", count)
        contents.append(DATASET.content)
    assert len(set(contents)) == 2


def test_values_of_a_regression_are_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA, str(tmp_path))
    path = tmp_path / "numbers/data.csv"
    path.parent.mkdir()
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["x", "y"], *([i, i / 2] for i in range(10))])
    split = splits.made(Dataset("numbers", "y", Task.REGRESSION, Metric.RMSE), 0, tmp_path / "splits")
    assert split.classes == ()
    np.testing.assert_allclose(split.truth, split.held_out / 2)


def test_every_dataset_has_its_seeds() -> None:
    assert {name for name, each in DATASETS.items() if each.seeds == 10} == {"credit-g", "telco-churn", "car"}
    assert {each.seeds for each in DATASETS.values()} == {1, 3, 10}


def test_the_large_table_is_generated_in_two_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "LARGE_TRAIN", 500)
    monkeypatch.setattr(datasets, "LARGE_TEST", 200)
    datasets.write_large(tmp_path / "train.csv", tmp_path / "test.csv")
    train, test = (read(tmp_path / f"{name}.csv") for name in ("train", "test"))
    assert (len(train.cells), len(test.cells), len(train.names)) == (500, 200, 31)
    assert set(train.column("answer")) == {"no", "yes"}
    assert train.cells[0] != test.cells[0]
