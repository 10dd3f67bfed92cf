"""A job describes what it trained on and what its model answers, and stores no value that tells of a person."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from millrace.adapters import documents
from millrace.domain.baseline import PREDICTION, SCORE, Baseline, Cells
from millrace.domain.drift import Standing
from millrace.domain.manifest import Manifest
from millrace.domain.schema import Kind
from millrace.domain.spec import Metric, Spec, Task
from millrace.inference import columns
from millrace.inference.tabular import Classification, TabularModel
from millrace.monitoring.decision import Judgement, judge
from millrace.monitoring.sketching import sketch
from millrace.usecases.train import Trained, train
from tests.rows import csv_file, mixed
from tests.trained import OneLine, job


def trained(folder: Path, rows: dict[str, list[object]], spec: Spec | None = None) -> Trained:
    path = csv_file(folder / "data.csv", rows)
    return train(job(path, spec), trainers=[OneLine()])  # a baseline is the same of any


def test_classes(tmp_path: Path) -> None:
    made = trained(tmp_path, mixed(400))
    known, report = made.baseline, made.report
    assert [column.name for column in known.columns] == [column.name for column in made.manifest.schema.features]
    assert known.rows == report.rows_train
    assert all(column.present + column.missing == known.rows for column in known.columns)
    age = known.column("age")
    assert age is not None
    assert (age.kind, sum(age.counts)) == (Kind.NUMBER, age.present)
    assert age.missing > 0
    assert known.held_out == report.rows_held_out
    assert (known.predictions.name, known.predictions.cells.values) == (PREDICTION, ("no", "yes"))
    assert sum(known.predictions.counts) == known.held_out
    assert known.scores is not None
    assert (known.scores.name, sum(known.scores.counts)) == (SCORE, known.held_out)
    assert known.scores.least is not None
    assert known.scores.least >= 0.5  # of two classes, the given label is the likelier
    assert known.performance == {metric.value: value for metric, value in report.held_out.items()}
    assert known.deviations[Metric.LOG_LOSS] > 0.0


def test_a_number(tmp_path: Path) -> None:
    made = trained(tmp_path, mixed(400), Spec(target="age", task=Task.REGRESSION))
    known = made.baseline
    assert known.scores is None
    assert known.predictions.kind is Kind.NUMBER
    assert sum(known.predictions.counts) == known.held_out == made.report.rows_held_out
    assert known.performance[Metric.RMSE] == made.report.held_out[Metric.RMSE]
    assert set(known.deviations) == {Metric.MAE}


def test_calls_like_the_training_rows_do_not_drift(tmp_path: Path) -> None:
    """Through the exported graph, on values as a caller writes them."""
    made = trained(tmp_path, mixed(1_000))
    standing, severity, _ = judged(made.baseline, made.manifest, made.model, mixed(400, seed=1))
    assert standing is Standing.STABLE, severity
    older = mixed(400, seed=1)
    older["age"] = [None if age is None else int(str(age)) + 20 for age in older["age"]]
    standing, severity, findings = judged(made.baseline, made.manifest, made.model, older)
    assert standing is Standing.DRIFTED
    assert findings[0].column == "age"


def judged(known: Baseline, manifest: Manifest, model: bytes, rows: dict[str, list[object]]) -> Judgement:
    given = {column.name: rows[column.name] for column in manifest.schema.features}
    typed = columns.from_named(manifest.schema, given)
    answer = TabularModel.load(model, manifest.schema).predict(typed)
    assert isinstance(answer, Classification)
    return judge(known, sketch(known, typed, {}, answer.labels, answer.probabilities), None, Spec())


def test_of_what_tells_of_a_person_only_counts_are_kept(tmp_path: Path) -> None:
    rows = mixed(400)
    random = np.random.default_rng(5)
    people = [f"person{number}@example.org" for number in random.integers(0, 120, 400).tolist()]
    numbers = [int(number) for number in random.integers(491_500_000_000, 491_799_999_999, 400)]
    rows |= {"email": [*people], "phone_number": [None, *numbers[1:]]}
    made = trained(tmp_path, rows, Spec(target="answer", folds=2))
    stored = documents.dump(made.baseline).decode()
    for name in ("email", "phone_number"):
        described, profiled = made.baseline.column(name), made.profile.column(name)
        assert described is not None, [column.name for column in made.baseline.columns]
        assert profiled is not None
        assert profiled.withheld is not None
        assert (described.cells, described.least, described.greatest) == (Cells(), None, None)
        assert described.counts == (described.present,)
        assert described.present + described.missing == made.baseline.rows
    assert "example.org" not in stored
    assert not any(str(number) in stored for number in numbers)
    rows["email"] = [f"new{number}@example.org" for number in range(400)]
    _, _, findings = judged(made.baseline, made.manifest, made.model, rows)
    assert {finding.test for finding in findings if finding.column == "email"} <= {"missing_rate"}
    given = {column.name: rows[column.name] for column in made.manifest.schema.features}
    typed = columns.from_named(made.manifest.schema, given)
    kept = documents.dump(sketch(made.baseline, typed, {}, np.array(["no"] * 400, dtype=object))).decode()
    assert not any(str(number) in kept for number in numbers)


def test_of_free_text_only_counts_are_kept(tmp_path: Path) -> None:
    rows = mixed(300)
    letters = np.random.default_rng(5).choice([*"abcdefghijklmnopqrstuvwxyz"], (300, 4))
    rows["note"] = [None, *(f"she said {''.join(word)} to me" for word in letters[1:])]
    made = trained(tmp_path, rows, Spec(target="answer", folds=2))
    note = made.baseline.column("note")
    assert note is not None
    assert (note.kind, note.cells, note.counts) == (Kind.TEXT, Cells(), (note.present,))
    stored = documents.dump(made.baseline).decode() + documents.dump(made.profile).decode()
    assert "she said" not in stored
    rows["note"] = ["nothing like it was ever written here"] * 300
    _, _, findings = judged(made.baseline, made.manifest, made.model, rows)
    assert {finding.test for finding in findings if finding.column == "note"} <= {"missing_rate"}


@pytest.mark.parametrize("value", ["a note that one person wrote"])
def test_a_text_that_stands_once_is_not_kept(tmp_path: Path, value: str) -> None:
    rows = mixed(400)
    rows["city"] = ["Köln" if number % 2 else "Paris" for number in range(400)]
    rows["city"][7] = value
    assert value not in documents.dump(trained(tmp_path, rows).baseline).decode()
