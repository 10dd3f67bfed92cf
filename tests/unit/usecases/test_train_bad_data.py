"""Data as people have it: what can be learned from is, what can't is refused with the column and the reason."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from millrace.domain.errors import Rejected
from millrace.domain.report import Report
from millrace.domain.schema import Kind
from millrace.domain.spec import Metric, Spec, Task
from millrace.inference import columns
from millrace.inference.tabular import Classification, TabularModel
from millrace.learning.portfolio import TRAINERS
from millrace.usecases.prepare import prepare
from millrace.usecases.train import Trained, train
from tests.rows import csv_file, mixed, written
from tests.trained import OneForest, OneLine, job

Rows = Mapping[str, Sequence[object]]
SPEC = Spec(target="answer", folds=2)


def trained(folder: Path, rows: Rows, spec: Spec = SPEC) -> Trained:
    return train(job(csv_file(folder / "data.csv", rows), spec), trainers=(OneForest(), OneLine()))


def refusal(folder: Path, rows: Rows, spec: Spec = SPEC) -> Rejected:
    with pytest.raises(Rejected) as refused:
        trained(folder, rows, spec)
    return refused.value


def codes(report: Report) -> set[str]:
    return {warned.code for warned in report.warned}


@pytest.mark.parametrize("task", [None, Task.MULTICLASS])
def test_ten_thousand_classes_are_refused_at_once(tmp_path: Path, task: Task | None) -> None:
    rows = {"x": [*range(20_000)], "answer": [f"class {i % 10_000}" for i in range(20_000)]}
    began = time.monotonic()
    refused = refusal(tmp_path, rows, replace(SPEC, task=task))
    assert (refused.code, refused.field) == ("too_many_classes", "answer")
    assert "10000 classes" in refused.message
    assert refused.hint
    assert time.monotonic() - began < 20.0


def test_ten_thousand_different_numbers_are_a_regression(tmp_path: Path) -> None:
    rows = {"x": [i % 100 for i in range(300)], "answer": [i * 7 % 10_000 for i in range(300)]}
    assert trained(tmp_path, rows).report.task is Task.REGRESSION


def wide(count: int, rows: int = 100) -> dict[str, list[object]]:
    """Noise, and five columns that tell the answer."""
    random = np.random.default_rng(0)
    answer = random.integers(0, 2, rows)
    made: dict[str, list[object]] = {
        f"column {i}": [float(value) for value in random.normal(size=rows) + answer * (i < 5) * 2.0]
        for i in range(count)
    }
    return {**made, "answer": ["yes" if each else "no" for each in answer]}


def test_five_thousand_columns_are_refused_and_how_many_may_be_is_said(tmp_path: Path) -> None:
    refused = refusal(tmp_path, wide(5_000))
    assert refused.code == "too_many_columns"
    assert "5001 columns and 2000 are allowed" in refused.message


def test_more_columns_than_rows_are_learned_from(tmp_path: Path) -> None:
    made = trained(tmp_path, wide(300))
    assert made.report.held_out[Metric.AUC] > 0.8
    assert made.report.parity.holds


WILD = ("inf", "-Infinity", "1e39", "-1e300", "1.7e308", "5e-324", "NaN", "1", "-0.0", "3.4028236e38")


@pytest.mark.parametrize("target", ["answer", "age"])
def test_infinities_and_numbers_beyond_fp32_are_learned_from(tmp_path: Path, target: str) -> None:
    rows = mixed()
    rows["wild"] = [WILD[i % len(WILD)] for i in range(160)]
    made = train(
        job(csv_file(tmp_path / "data.csv", rows), Spec(target=target, folds=2), trials=len(TRAINERS)),
        trainers=TRAINERS,
    )
    assert made.report.parity.holds
    assert "infinite_values" in codes(made.report)
    assert all(np.isfinite(each.score) for each in made.report.candidates)
    assert all(np.isfinite(value) for value in made.report.held_out.values())


def test_a_target_beyond_what_can_be_squared_is_refused(tmp_path: Path) -> None:
    rows = mixed()
    rows["answer"] = [f"{value}e200" for value in range(160)]
    refused = refusal(tmp_path, rows)
    assert (refused.code, refused.field) == ("target_out_of_range", "answer")


def test_categories_that_differ_by_case_or_space_are_learned_apart_and_warned_of(tmp_path: Path) -> None:
    rows = mixed()
    cities = [str(city or "") for city in rows["city"]]
    rows["city"] = [
        (city, city.upper(), f"{city[:2]} {city[2:]}".strip(), f"  {city} ")[i % 4] for i, city in enumerate(cities)
    ]
    made = trained(tmp_path, rows)
    (warned,) = (each for each in made.report.warned if each.code == "alike_categories")
    assert warned.columns == ("city",)
    assert "9 categories" in warned.says  # three cities in three ways; spaces around a value are no part of it
    model = TabularModel.load(made.model, made.manifest.schema)
    answer = model.predict(columns.from_rows(made.manifest.schema, [{"city": "PARIS"}, {"city": "pARIS"}]))
    assert isinstance(answer, Classification)
    assert np.isfinite(answer.probabilities).all()


def test_classes_that_differ_by_case_are_warned_of(tmp_path: Path) -> None:
    rows = mixed()
    rows["answer"] = [
        {"yes": ("good", "Good"), "no": ("bad", "bad")}[str(a)][i % 2] for i, a in enumerate(rows["answer"])
    ]
    made = trained(tmp_path, rows)
    assert made.manifest.schema.classes == ("Good", "bad", "good")
    (warned,) = (each for each in made.report.warned if each.code == "alike_categories")
    assert "'Good' and 'good'" in warned.says


def test_repeated_rows_are_warned_of_and_never_straddle_the_split(tmp_path: Path) -> None:
    """They are held out by a hash of what they hold, so that copies are on one side."""
    once = mixed(100)
    rows = {name: values * 3 for name, values in once.items()}
    report = trained(tmp_path, rows).report
    (warned,) = (each for each in report.warned if each.code == "duplicate_rows")
    assert warned.says.startswith("200 of 300 rows")
    prepared = prepare(written(rows), SPEC, None, 10**9)

    def contents(table: object) -> set[tuple[str, ...]]:
        values = table.columns.values()  # type: ignore[attr-defined]  # a table
        return {tuple(map(str, row)) for row in zip(*values, strict=True)}

    assert not contents(prepared.train.table) & contents(prepared.held_out.table)


def test_a_target_that_was_constant_for_long_is_learned(tmp_path: Path) -> None:
    """By time, the first folds know one answer only."""
    rows = mixed(240)
    rows["since"] = [f"20{10 + i // 12:02}-{1 + i % 12:02}-01" for i in range(240)]
    for target, early in (("answer", "no"), ("age", 30)):
        some = {**rows, target: [early if i < 140 else value for i, value in enumerate(rows[target])]}
        made = trained(tmp_path, some, Spec(target=target, time="since", folds=3))
        assert made.report.parity.holds
        assert any(each.weight for each in made.report.candidates)


def test_texts_of_a_hundred_thousand_letters_are_categories_like_others(tmp_path: Path) -> None:
    rows = mixed()
    rows["city"] = [f"{'x' * 100_000}{i % 3}" for i in range(160)]
    made = trained(tmp_path, rows)
    kinds = {column.name: column.kind for column in made.manifest.schema.features}
    assert kinds["city"] in {Kind.CATEGORY, Kind.TEXT}
    assert made.report.parity.holds


@pytest.mark.parametrize("kept", [20, 23])
def test_a_handful_of_rows_is_learned_from(tmp_path: Path, kept: int) -> None:
    rows = {name: values[:kept] for name, values in mixed(40).items()}
    rows["answer"] = ["yes" if i % 2 else "no" for i in range(kept)]
    assert trained(tmp_path, rows).report.rows_train < kept
