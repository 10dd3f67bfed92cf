from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest

from millrace.adapters import documents
from millrace.domain import digest
from millrace.domain.baseline import Baseline
from millrace.domain.errors import InvalidInput, Rejected
from millrace.domain.manifest import Manifest
from millrace.domain.profile import Profile, Role
from millrace.domain.report import Report
from millrace.domain.schema import Column, Kind
from millrace.domain.spec import Metric, Spec, Task
from millrace.inference import columns
from millrace.inference.tabular import Classification, TabularModel
from millrace.learning import bounds
from millrace.learning.champion import Champion
from millrace.learning.linear import Weights
from millrace.learning.space import Settings
from millrace.learning.trainer import Lesson
from millrace.usecases.train import Trained, train
from tests.rows import csv_file, mixed
from tests.trained import OneLine, job


def trained(folder: Path, rows: Mapping[str, Sequence[object]] | None = None, spec: Spec | None = None) -> Trained:
    return train(job(csv_file(folder / "data.csv", rows or mixed()), spec))


def timeless(report: Report) -> Report:
    """All of it but the seconds, and the bytes of this process."""
    candidates = tuple(replace(each, seconds=0.0) for each in report.candidates)
    search, artifact = report.search, report.artifact
    return replace(
        report,
        candidates=candidates,
        phases=(),
        search=search and replace(search, seconds=0.0),
        artifact=artifact and replace(artifact, row_ms=0.0),
        memory=None,
    )


def test_a_file_becomes_a_model_that_answers(tmp_path: Path) -> None:
    made = trained(tmp_path)
    schema = made.manifest.schema
    assert {column.name: column.kind for column in schema.features} == {
        "age": Kind.NUMBER,
        "member": Kind.BOOLEAN,
        "since": Kind.DATE,
        "city": Kind.CATEGORY,
    }
    assert (schema.target, schema.task, schema.classes) == ("answer", Task.BINARY, ("no", "yes"))
    model = TabularModel.load(made.model, schema)
    rows: list[dict[str, object]] = [
        {"age": "79", "member": "yes", "since": "2024-06-01", "city": "Paris"},
        {"age": 18, "member": False, "since": None, "city": "a city never seen"},
        {"age": None},
    ]
    answer = model.predict(columns.from_rows(schema, rows))
    assert isinstance(answer, Classification)
    assert answer.labels.tolist()[:2] == ["yes", "no"]
    np.testing.assert_allclose(answer.probabilities.sum(axis=1), 1.0, rtol=1e-6)


def test_the_report_and_the_manifest_say_what_was_done(tmp_path: Path) -> None:
    made = trained(tmp_path)
    report, manifest = made.report, made.manifest
    assert report.rows_train + report.rows_held_out == 160
    assert {candidate.name for candidate in report.candidates} >= {"linear 1", "lightgbm 1"}
    members = sorted((each for each in report.candidates if each.serves), key=lambda each: -each.weight)
    assert " + ".join(dict.fromkeys(each.family for each in members)) == manifest.algorithm
    assert min(report.candidates, key=lambda candidate: candidate.score).serves
    assert report.held_out[Metric.LOG_LOSS] < report.constant[Metric.LOG_LOSS]
    assert report.parity.rows == report.rows_held_out
    assert report.parity.max_difference < 1e-6
    assert {"target", "task", "metric", "column age"} <= {decision.what for decision in report.decisions}
    (positive,) = (decision.choice for decision in report.decisions if decision.what == "positive class")
    assert positive == manifest.schema.classes[1] == "yes"
    assert report.champion is None
    assert [warning.code for warning in report.warned] == ["few_labels"]
    assert report.warnings == ()
    assert manifest.model_digest == digest.of_bytes(made.model)
    assert manifest.model_size == len(made.model)
    assert manifest.metrics == report.held_out
    assert manifest.steps[0] == "spelling/2"


def test_the_report_holds_what_a_page_draws(tmp_path: Path) -> None:
    report = trained(tmp_path, mixed(800)).report
    sure, drawn = report.uncertainty, report.diagnostics
    assert sure is not None
    assert drawn is not None
    assert sure.units == report.rows_held_out
    assert set(sure.held_out) == set(report.held_out)
    assert sure.over_constant[Metric.LOG_LOSS].low > 0.0
    assert sure.over_champion == {}
    assert sum(each.held_out for each in drawn.classes) == report.rows_held_out
    assert sum(each.train for each in drawn.classes) == report.rows_train
    assert [curve.label for curve in drawn.roc] == ["yes"]
    assert drawn.roc[0].area == pytest.approx(report.held_out[Metric.AUC])
    assert drawn.importances is not None
    assert drawn.importances.metric is report.metric
    assert {each.feature for each in drawn.importances.features} == {"age", "member", "since", "city"}
    assert drawn.dependences is not None
    assert [each.feature for each in drawn.dependences.features] == [
        each.feature for each in drawn.importances.features
    ]
    assert [phase.name for phase in report.phases] == [
        "read",
        "prepare",
        "search",
        "export",
        "evaluate",
        "learning curve",
        "baseline",
    ]
    assert len(documents.dump(report)) < 50_000


def test_a_report_of_an_older_release_still_loads(tmp_path: Path) -> None:
    report = trained(tmp_path).report
    stored = documents.plain(report)
    for field in ("uncertainty", "diagnostics", "phases", "search", "ensemble", "artifact", "memory"):
        del stored[field]
    older = documents.load(Report, digest.canonical(stored))
    assert older == replace(
        report, uncertainty=None, diagnostics=None, phases=(), search=None, ensemble=None, artifact=None, memory=None
    )


def test_of_a_large_file_some_rows_are_learned_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "LEAST", 5)
    monkeypatch.setattr(bounds, "FEWEST", 60)
    asked: list[int] = []

    class Counted(OneLine):
        def fit(self, lesson: Lesson, settings: Settings) -> Weights:
            asked.append(len(lesson.rows.answers))
            return super().fit(lesson, settings)

    path = csv_file(tmp_path / "data.csv", mixed())
    report = train(replace(job(path, Spec(folds=5)), memory=bounds.BASE), trainers=[Counted()]).report
    said = {decision.what: decision.choice for decision in report.decisions}
    assert said["format"] == "CSV separated by commas, in UTF-8"
    whole = int(said["rows of the search"])
    assert report.memory is not None
    assert report.memory.allowed == bounds.BASE < 10 * report.memory.peak
    assert 40 < whole < report.rows_train
    assert asked[-1] == whole  # the member that serves
    assert len(asked) == 5 + 1
    assert sum(whole - rows for rows in asked) == whole  # each row is left out once


def test_the_documents_survive_storage(tmp_path: Path) -> None:
    made = trained(tmp_path)
    assert documents.load(Report, documents.dump(made.report)) == made.report
    assert documents.load(Manifest, documents.dump(made.manifest)) == made.manifest
    assert documents.load(Profile, documents.dump(made.profile)) == made.profile
    assert documents.load(Baseline, documents.dump(made.baseline)) == made.baseline


def test_the_profile_describes_every_column_of_the_file(tmp_path: Path) -> None:
    rows = mixed()
    rows["answer"][:7] = [None] * 7
    rows["id"] = [f"row {number}" for number in range(160)]
    profile = trained(tmp_path, rows, Spec(exclude=("city",), target="answer")).profile
    assert {column.name: (column.role, column.kind) for column in profile.columns} == {
        "age": (Role.FEATURE, Kind.NUMBER),
        "member": (Role.FEATURE, Kind.BOOLEAN),
        "since": (Role.FEATURE, Kind.DATE),
        "city": (Role.LEFT_OUT, Kind.CATEGORY),
        "answer": (Role.TARGET, Kind.CATEGORY),
        "id": (Role.LEFT_OUT, Kind.CATEGORY),
    }
    assert (profile.rows, profile.unanswered, profile.sampled) == (153, 7, 153)


def test_a_cell_that_is_no_number_does_not_lose_the_column(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    size = random.normal(size=600)
    rows: dict[str, list[object]] = {"size": [repr(value) for value in size.tolist()], "noise": [*range(600)]}
    rows["answer"] = ["yes" if value else "no" for value in size + random.normal(0.0, 0.3, 600) > 0]
    clean = trained(tmp_path, rows).report
    rows["size"][17] = "1.5x"
    made = trained(tmp_path, rows)
    assert made.manifest.schema.features[0] == Column("size", Kind.NUMBER)
    assert made.report.held_out[Metric.AUC] > clean.held_out[Metric.AUC] - 0.02
    with pytest.raises(InvalidInput, match="not a finite number") as refused:
        columns.from_rows(made.manifest.schema, [{"size": "1.5x", "noise": 3}])
    assert refused.value.code == "unspellable"


def test_infinities_of_a_parquet_file_are_read_as_missing(tmp_path: Path) -> None:
    rows = mixed()
    ages = [float("inf") if number % 40 == 0 else float(number) for number in range(160)]
    ages[1] = float("-inf")
    pa_parquet.write_table(pa.table({**rows, "age": pa.array(ages)}), tmp_path / "data.parquet")
    made = train(job(tmp_path / "data.parquet"))
    assert made.manifest.schema.features[0] == Column("age", Kind.NUMBER)
    (warning,) = (warning for warning in made.report.warned if warning.code == "infinite_values")
    assert warning.says == "column 'age' has 5 infinite values, read as missing"
    described = made.profile.column("age")
    assert described is not None
    assert (described.missing, described.present) == (5, 155)


def test_the_same_work_gives_the_same_bytes(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "data.csv", mixed())
    one, other, threaded = train(job(path)), train(job(path)), train(job(path, threads=2))
    assert one.model == other.model == threaded.model
    assert documents.dump(one.manifest) == documents.dump(other.manifest)
    assert timeless(one.report) == timeless(other.report)


def test_a_parquet_file_of_the_same_rows_gives_the_same_model(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "data.csv", mixed())
    pa_parquet.write_table(pa_csv.read_csv(path), tmp_path / "data.parquet")
    assert train(job(path)).model == train(job(tmp_path / "data.parquet")).model


@pytest.mark.parametrize(
    ("spec", "task"),
    [
        (Spec(target="age", metric=Metric.MAE), Task.REGRESSION),
        (Spec(target="city"), Task.MULTICLASS),
        (Spec(target="member", features=("age", "answer")), Task.BINARY),
    ],
)
def test_the_spec_says_what_to_predict(tmp_path: Path, spec: Spec, task: Task) -> None:
    made = trained(tmp_path, spec=spec)
    assert (made.manifest.schema.target, made.report.task) == (spec.target, task)
    assert made.report.metric == (spec.metric or Metric.LOG_LOSS)
    assert "target" not in {decision.what for decision in made.report.decisions}
    if spec.features:
        assert tuple(column.name for column in made.manifest.schema.features) == spec.features


def test_rows_without_an_answer_are_left_out_with_a_warning(tmp_path: Path) -> None:
    rows = mixed()
    rows["answer"][:7] = [None] * 7
    report = trained(tmp_path, rows).report
    assert report.rows_train + report.rows_held_out == 153
    (left_out,) = (warning for warning in report.warned if warning.code == "unanswered_rows")
    assert left_out.says == "left out: 7 rows without an answer in 'answer'"


def test_no_picture_holds_the_values_of_a_column_with_personal_data(tmp_path: Path) -> None:
    rows = mixed()
    rows["email"] = [f"person{number % 5}@example.org" for number in range(len(rows["age"]))]
    report = trained(tmp_path, rows, Spec(target="answer")).report
    assert report.diagnostics is not None
    assert report.diagnostics.dependences is not None
    assert "email" not in {each.feature for each in report.diagnostics.dependences.features}
    assert b"@example.org" not in documents.dump(report)


def test_a_rare_class_is_learned_and_leaves_the_folds_as_asked(tmp_path: Path) -> None:
    rows = mixed()
    rows["answer"][:2] = ["perhaps", "perhaps"]
    made = train(job(csv_file(tmp_path / "data.csv", rows), Spec(folds=7)), trainers=[OneLine()])
    assert made.manifest.schema.classes == ("no", "perhaps", "yes")
    assert [each.folds_done for each in made.report.candidates] == [7]


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        (Spec(metric=Metric.RMSE), "metric_mismatch"),
        (Spec(target="age", metric=Metric.AUC), "metric_mismatch"),
        (Spec(target="nobody"), "unknown_column"),
        (Spec(task=Task.REGRESSION), "target_not_number"),
    ],
)
def test_wishes_that_can_not_be_met(tmp_path: Path, spec: Spec, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        trained(tmp_path, spec=spec)
    assert refused.value.code == code


def test_the_champion_is_judged_on_the_same_rows(tmp_path: Path) -> None:
    first = trained(tmp_path)
    champion = Champion(4, first.model, first.manifest)
    path = tmp_path / "data.csv"
    again = train(replace(job(path), champion=champion))
    assert again.report.champion is not None
    assert again.report.champion.version == 4
    assert again.report.champion.metrics == again.report.held_out == first.report.held_out
    assert again.report.uncertainty is not None
    gains = again.report.uncertainty.over_champion
    assert set(gains) == set(again.report.held_out)
    assert {(gain.low, gain.high) for gain in gains.values()} == {(0.0, 0.0)}  # the same model, row by row


def test_where_wrong_labels_cost_differently_the_report_says_what_they_cost(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "data.csv", mixed())
    first = train(job(path), trainers=(OneLine(),))
    assert first.report.label_costs is None
    spec = Spec(false_positive_cost=1.0, false_negative_cost=8.0)
    champion = Champion(1, first.model, first.manifest)
    report = train(job(path, spec, champion=champion), trainers=(OneLine(),)).report
    costs, drawn = report.label_costs, report.diagnostics
    assert costs is not None
    assert costs.champion is not None
    assert drawn is not None
    assert drawn.confusion is not None
    (_, alarms), (misses, _) = drawn.confusion.counts
    assert costs.held_out == pytest.approx((alarms + 8.0 * misses) / report.rows_held_out)


def test_a_champion_that_no_longer_fits_says_why(tmp_path: Path) -> None:
    first = trained(tmp_path)
    rows = mixed()
    del rows["city"]
    path = csv_file(tmp_path / "other.csv", rows)
    report = train(replace(job(path), champion=Champion(4, first.model, first.manifest))).report
    assert report.champion is not None
    assert report.champion.metrics is None
    assert report.champion.why == "the data has no column 'city', which it needs"
