"""What serves agrees with what was judged and keeps within the spec's limits, or the report says why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from millrace.data.table import Table
from millrace.domain.errors import JobFailed
from millrace.domain.report import Report
from millrace.domain.schema import Schema
from millrace.domain.spec import Spec
from millrace.learning import latency
from millrace.learning.blend import Blend
from millrace.learning.export import export
from millrace.learning.forest import Trees
from millrace.learning.onnx_graph import Graph
from millrace.learning.trainer import Fitted, Floats
from millrace.usecases.train import Trained, train
from tests.rows import csv_file, mixed
from tests.trained import OneForest, OneLine, job

TRAINERS = (OneLine(), OneForest())
BOTH = {"trees 1", "line 1"}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows of which a mixture of the two is better than either."""
    return csv_file(tmp_path_factory.mktemp("data") / "data.csv", mixed(160, seed=1))


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

    @property
    def threshold(self) -> float | None:
        return self.fitted.threshold

    def predict(self, table: Table) -> Floats:
        return self.fitted.predict(table)

    def build(self, graph: Graph) -> str:
        return graph.plus(self.fitted.build(graph), graph.number(2e-4))


def broken(is_broken: Callable[[set[str]], bool]) -> Callable[[Fitted, Schema], bytes]:
    """Exports something else than what was fitted where the members' names are such."""

    def export_wrongly(fitted: Fitted, schema: Schema) -> bytes:
        assert isinstance(fitted, Blend)
        return export(Shifted(fitted) if is_broken({member.name for member in fitted.members}) else fitted, schema)

    return export_wrongly


def weights(report: Report) -> dict[str, float]:
    return {each.name: each.weight for each in report.candidates if each.serves}


def said(made: Trained, code: str) -> list[str]:
    return [warning.says for warning in made.report.warned if warning.code == code]


def test_a_mixture_serves_where_it_is_better(path: Path) -> None:
    made = train(job(path), trainers=TRAINERS)
    assert weights(made.report).keys() == BOTH
    assert sum(weights(made.report).values()) == pytest.approx(1.0)
    assert said(made, "refused_candidate") == said(made, "beyond_limits") == []
    ensemble = made.report.ensemble
    assert ensemble is not None
    assert ensemble.score <= min(each.score for each in made.report.candidates)


def test_a_member_whose_export_differs_is_refused_and_the_others_serve(path: Path) -> None:
    made = train(job(path), trainers=TRAINERS, export=broken(lambda names: "trees 1" in names))
    assert weights(made.report) == {"line 1": 1.0}
    assert made.manifest.algorithm == "line"
    assert made.report.parity.holds
    (told,) = said(made, "refused_candidate")
    assert "candidate 'trees 1' was refused" in told
    assert "0.0002" in told
    (dropped,) = [each.dropped for each in made.report.candidates if each.name == "trees 1"]
    assert str(dropped).startswith("refused")


def test_a_mixture_that_differs_though_its_members_do_not_is_left_to_the_heaviest(path: Path) -> None:
    usual = weights(train(job(path), trainers=TRAINERS).report)
    made = train(job(path), trainers=TRAINERS, export=broken(lambda names: len(names) > 1))
    assert weights(made.report) == {max(usual, key=lambda name: usual[name]): 1.0}
    assert len(said(made, "refused_candidate")) == 1


def test_without_a_candidate_left_the_job_fails(path: Path) -> None:
    with pytest.raises(JobFailed) as failed:
        train(job(path), trainers=TRAINERS, export=broken(lambda _: True))
    assert failed.value.code == "no_candidate"
    assert all(name in str(failed.value) for name in BOTH)


def test_a_limit_of_size_chooses_members(path: Path) -> None:
    made = train(job(path, Spec(max_model_mb=0.02)), trainers=TRAINERS)
    assert weights(made.report) == {"line 1": 1.0}
    assert len(made.model) < 20_000
    assert said(made, "beyond_limits") == []
    assert made.report.artifact is not None
    assert (made.report.artifact.size, made.report.artifact.limit_bytes) == (len(made.model), 20_000)


def test_an_ensemble_that_came_out_larger_than_its_members_said_is_chosen_anew(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = train(job(path), trainers=TRAINERS)
    limit = len(usual.model) * 0.9e-6
    monkeypatch.setattr(Trees, "size", property(lambda trees: len(trees.feature)))
    made = train(job(path, Spec(max_model_mb=limit)), trainers=TRAINERS)
    assert weights(made.report) == {"line 1": 1.0}
    assert said(made, "beyond_limits") == []


def test_what_no_candidate_keeps_is_told(path: Path) -> None:
    made = train(job(path, Spec(max_model_mb=0.001)), trainers=TRAINERS)
    assert weights(made.report) == {"line 1": 1.0}
    (told,) = said(made, "beyond_limits")
    assert "max_model_mb is 0.001" in told


@pytest.mark.parametrize(("trials", "members"), [(None, {"line 1"}), (2, BOTH)])
def test_a_slow_ensemble_is_chosen_anew_unless_that_would_depend_on_the_clock(
    path: Path, monkeypatch: pytest.MonkeyPatch, trials: int | None, members: set[str]
) -> None:
    """Neither has anything to tune, so the search without a number of trials ends after the same two."""
    asked = iter([2.0, 0.1])
    monkeypatch.setattr(latency, "row_ms", lambda *_: next(asked))
    made = train(job(path, trials=trials), trainers=TRAINERS)
    assert weights(made.report).keys() == members
    assert made.report.artifact is not None
    if trials is None:
        assert (made.report.artifact.row_ms, said(made, "beyond_limits")) == (0.1, [])
    else:
        (told,) = said(made, "beyond_limits")
        assert "a row took 2 ms" in told
        assert "max_row_ms is 1" in told
