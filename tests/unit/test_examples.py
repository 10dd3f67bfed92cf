"""The examples of docs/extending.md, applied: each is a row away from being ours."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from millrace.data import inspection
from millrace.domain import gate
from millrace.domain.gate import Evidence, judge
from millrace.domain.report import Parity
from millrace.domain.schema import Kind
from millrace.domain.spec import Spec
from millrace.evaluation.bootstrap import units
from millrace.evaluation.guess import Guess
from millrace.learning.portfolio import TRAINERS
from millrace.monitoring import column_tests
from millrace.monitoring.column_tests import NUMBER, ColumnTest, measure_all
from millrace.usecases.train import Training, train
from tests import samples, streams
from tests.admitted import admitted
from tests.conftest import ROOT
from tests.examples import balanced_accuracy, enough_rows, middle_half, mostly_missing
from tests.examples.least_squares import LeastSquaresTrainer
from tests.rows import lineage

CREDIT = ROOT / "examples/credit-g/credit-g.csv"


def test_an_algorithm_is_compared_with_ours() -> None:
    ours = next(trainer for trainer in TRAINERS if trainer.name == "linear")
    asked = Training(CREDIT, lineage(CREDIT, Spec(folds=2, trials=2)))
    ranked = train(asked, trainers=(ours, LeastSquaresTrainer())).report.candidates
    assert [each.name for each in ranked] == ["linear 1", "least-squares 1"]
    assert abs(ranked[0].score - ranked[1].score) < 0.1


@pytest.mark.parametrize("seed", range(5))
def test_a_metric_from_counts_is_that_of_the_rows(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth, values = random.integers(0, 3, 30), random.dirichlet(np.ones(3), 30)
    guess, drawn = Guess(values), units(30, seed)
    counts = random.multinomial(drawn.count, np.ones(drawn.count) / drawn.count, 4)
    found = balanced_accuracy.estimator(truth, guess, drawn)(counts.astype(float))
    for position, times in enumerate(counts):
        again = np.repeat(np.arange(30), times[drawn.of])
        expected = balanced_accuracy.balanced_accuracy(truth[again], guess.chosen[again])
        assert found[position] == pytest.approx(expected)


@pytest.mark.parametrize(("rows", "serves"), [(99, False), (100, True)])
def test_a_rule_of_the_gate_is_judged_with_the_others(monkeypatch: pytest.MonkeyPatch, rows: int, serves: bool) -> None:
    monkeypatch.setattr(gate, "RULES", (*gate.RULES, enough_rows.enough_rows))
    report = dataclasses.replace(samples.report(), parity=Parity(rows, 0.0, 0, 1e-4))
    verdict = judge(Evidence(report, Spec(), None))
    assert verdict.accepted is serves
    assert verdict.rules[-1].rule == enough_rows.enough_rows.__name__


def test_a_warning_is_given_with_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "CHECKS", (*inspection.CHECKS, mostly_missing.find))
    columns: dict[str, Sequence[object]] = {
        "rare": ["1", *[None] * 19],
        "word": ["a", *[None] * 18, "b"],
        "x": list("12345" * 4),
        "y": list("ab" * 10),
    }
    warned = inspection.inspect(admitted(columns), unanswered=0).warned
    assert [each.columns for each in warned if each.code == "mostly_missing"] == [("rare",)]


def test_a_drift_test_is_made_with_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    added = ColumnTest("middle_half", middle_half.measure, NUMBER)
    monkeypatch.setattr(column_tests, "COLUMN_TESTS", (*column_tests.COLUMN_TESTS, added))
    random = np.random.default_rng(1)
    trained, wider = streams.draw(random, 2_000), streams.draw(random, 400)
    wider.columns["normal_0"] = 2.0 * wider.columns["normal_0"]
    known = streams.describe(trained)
    said = {name: found for test, name, found in measure_all(known, streams.sketch(known, wider)) if test == added.name}
    assert said["normal_0"].statistic > middle_half.LIMIT
    assert said["normal_0"].p_value < 1e-6
    assert "of_3_0" not in said


def test_a_drift_test_cries_wolf_as_seldom_as_it_claims() -> None:
    random = np.random.default_rng(1)
    windows = [streams.pair(Kind.NUMBER, random.normal(size=2_000), random.normal(size=400)) for _ in range(200)]
    found = [middle_half.measure(*window) for window in windows]
    assert sum(each is not None and each.p_value <= 0.05 for each in found) <= 20
    assert middle_half.measure(*streams.pair(Kind.NUMBER, np.zeros(300), np.zeros(300))) is None
