from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest

from millrace.adapters import documents
from millrace.data.table import Table
from millrace.domain import digest
from millrace.domain.baseline import Baseline
from millrace.domain.errors import InvalidInput, JobFailed, Rejected
from millrace.domain.manifest import Manifest
from millrace.domain.profile import Profile, Role
from millrace.domain.report import Report
from millrace.domain.schema import Column, Kind, Schema
from millrace.domain.spec import Metric, Spec, Task
from millrace.inference import columns
from millrace.inference.tabular import Classification, TabularModel
from millrace.learning import bounds
from millrace.learning.champion import Champion
from millrace.learning.export import export
from millrace.learning.linear import LinearTrainer
from millrace.learning.onnx_graph import Graph
from millrace.learning.pipeline import Pipeline
from millrace.learning.trainer import Fitted, Floats
from millrace.usecases.train import Trained, Training, train
from tests.rows import csv_file, lineage, mixed


def job(path: Path, spec: Spec | None = None) -> Training:
    return Training(path, lineage(path, spec))


def trained(folder: Path, rows: Mapping[str, Sequence[object]] | None = None, spec: Spec | None = None) -> Trained:
    return train(job(csv_file(folder / "data.csv", rows or mixed()), spec))


def timeless(report: Report) -> Report:
    """All of it but the seconds."""
    candidates = tuple(replace(each, seconds=0.0) for each in report.candidates)
    return replace(report, candidates=candidates, phases=())


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
    assert {candidate.name for candidate in report.candidates} == {"linear", "lightgbm"}
    assert [candidate.name for candidate in report.candidates if candidate.chosen] == [manifest.algorithm]
    assert min(report.candidates, key=lambda candidate: candidate.score).chosen
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
        "fit and export",
        "evaluate",
        "baseline",
    ]
    assert len(documents.dump(report)) < 50_000


def test_a_report_of_an_older_release_still_loads(tmp_path: Path) -> None:
    report = trained(tmp_path).report
    stored = documents.plain(report)
    for field in ("uncertainty", "diagnostics", "phases"):
        del stored[field]
    older = documents.load(Report, digest.canonical(stored))
    assert older == replace(report, uncertainty=None, diagnostics=None, phases=())


def test_a_large_file_is_searched_and_fitted_on_some_of_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "SEARCH_ROWS", 80)
    monkeypatch.setattr(bounds, "LEAST", 5)
    monkeypatch.setattr(bounds, "FIT_CELLS", 1400)
    asked: list[int] = []

    class Counted(LinearTrainer):
        def fit(self, table: Table, *rest: Any, **more: Any) -> Pipeline:
            asked.append(table.rows)
            return super().fit(table, *rest, **more)

    path = csv_file(tmp_path / "data.csv", mixed())
    report = train(job(path, Spec(folds=5)), trainers=[Counted()]).report
    said = {decision.what: decision.choice for decision in report.decisions}
    assert said["rows of the search"] == "80"
    assert said["format"] == "CSV separated by commas, in UTF-8"
    assert asked == [64, 64, 64, 64, 64, int(said["rows of the fit"])]
    assert 80 < int(said["rows of the fit"]) < report.rows_train


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
    one, other = train(job(path)), train(replace(job(path), threads=2))
    assert one.model == other.model
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


class Counted:
    """Linear models, counted."""

    name, version = "linear", 1

    def __init__(self) -> None:
        self.fits = 0

    def fit(self, *asked: Any, **more: Any) -> Fitted:
        self.fits += 1
        return LinearTrainer().fit(*asked, **more)


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
    trainer = Counted()
    made = train(job(csv_file(tmp_path / "data.csv", rows), Spec(folds=7)), trainers=(trainer,))
    assert made.manifest.schema.classes == ("no", "perhaps", "yes")
    assert trainer.fits == 7 + 1


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


@dataclass(frozen=True)
class Shifted:
    """A pipeline whose graph is off by more than the tolerance."""

    fitted: Fitted

    @property
    def steps(self) -> tuple[str, ...]:
        return self.fitted.steps

    @property
    def unit(self) -> float:
        return self.fitted.unit

    def predict(self, table: Table) -> Floats:
        return self.fitted.predict(table)

    def build(self, graph: Graph) -> str:
        return graph.plus(self.fitted.build(graph), graph.number(2e-4))


class Broken:
    """Exports something else than what was fitted, for the first candidates that ask."""

    def __init__(self, broken: int) -> None:
        self.left = broken

    def __call__(self, fitted: Fitted, schema: Schema) -> bytes:
        self.left -= 1
        return export(Shifted(fitted) if self.left >= 0 else fitted, schema)


def test_a_candidate_whose_export_differs_is_refused_and_the_next_takes_over(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "data.csv", mixed())
    best, second = train(job(path)).report.candidates
    made = train(job(path), export=Broken(1))
    assert made.manifest.algorithm == second.name
    assert [candidate.chosen for candidate in made.report.candidates] == [False, True]
    (warning,) = (warning.says for warning in made.report.warned if warning.code == "refused_candidate")
    assert f"candidate {best.name!r} was refused" in warning
    assert "0.0002" in warning


def test_without_a_candidate_left_the_job_fails(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "data.csv", mixed())
    with pytest.raises(JobFailed) as failed:
        train(job(path), export=Broken(2))
    assert failed.value.code == "no_candidate"


@dataclass(frozen=True)
class Stopped:
    """A trainer during which the machine goes away."""

    name: str = "lightgbm"
    version: int = 1

    def fit(self, *_: object, **__: object) -> Fitted:
        raise KeyboardInterrupt


def test_a_job_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "data.csv", mixed())
    resumable = replace(job(path), checkpoints=tmp_path / "checkpoints")
    with pytest.raises(KeyboardInterrupt):
        train(resumable, trainers=(LinearTrainer(), Stopped()))
    assert len(list((tmp_path / "checkpoints").iterdir())) == 1
    made = train(resumable)
    assert made.model == train(job(path)).model
    assert len(list((tmp_path / "checkpoints").iterdir())) == 2


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


def test_a_champion_that_no_longer_fits_says_why(tmp_path: Path) -> None:
    first = trained(tmp_path)
    rows = mixed()
    del rows["city"]
    path = csv_file(tmp_path / "other.csv", rows)
    report = train(replace(job(path), champion=Champion(4, first.model, first.manifest))).report
    assert report.champion is not None
    assert report.champion.metrics is None
    assert report.champion.why == "the data has no column 'city', which it needs"
