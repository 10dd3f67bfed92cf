"""The gate's rules: each holds and fails on its own figures."""

from __future__ import annotations

import math

import pytest

from millrace.domain.gate import RULES, Evidence, judge
from millrace.domain.report import ChampionScore, Parity, Report
from millrace.domain.spec import Metric, Spec, Task
from millrace.domain.uncertainty import Interval, Uncertainty
from tests import samples

LOSS = Metric.LOG_LOSS


def evidence(report: Report | None = None, spec: Spec | None = None, champion: int | None = None) -> Evidence:
    return Evidence(report or samples.report(), spec or Spec(), champion)


def failed(given: Evidence) -> list[str]:
    return [rule.rule for rule in judge(given).rules if not rule.holds]


def against(theirs: float | None, margin: float = 0.0, why: str | None = None) -> Evidence:
    score = ChampionScore(3, None if theirs is None else {LOSS: theirs}, why)
    return evidence(samples.report(champion=score), Spec(margin=margin), 3)


def test_results_are_named_by_their_rules_in_order() -> None:
    assert [result.rule for result in judge(evidence()).rules] == [rule.__name__ for rule in RULES]


def test_a_first_model_that_learned_something_may_serve() -> None:
    verdict = judge(evidence())
    assert verdict.accepted
    assert verdict.champion is None


@pytest.mark.parametrize("difference", [1.1e-4, math.nan, math.inf])
def test_parity_beyond_the_limit_fails(difference: float) -> None:
    report = samples.report(parity=Parity(20, difference, 0, tolerance=1.0))
    assert failed(evidence(report)) == ["parity_holds"]


def test_parity_without_rows_fails() -> None:
    assert failed(evidence(samples.report(parity=Parity(0, 0.0, 0, 1e-4)))) == ["parity_holds"]


@pytest.mark.parametrize("ours", [0.61, 0.62, math.nan])
def test_no_better_than_a_constant_fails(ours: float) -> None:
    assert failed(evidence(samples.report(held_out={LOSS: ours}))) == ["beats_constant"]


def test_directions_are_the_metrics() -> None:
    better = samples.report(metric=Metric.AUC, held_out={Metric.AUC: 0.51}, constant={Metric.AUC: 0.5})
    worse = samples.report(metric=Metric.AUC, held_out={Metric.AUC: 0.49}, constant={Metric.AUC: 0.5})
    assert failed(evidence(better)) == []
    assert failed(evidence(worse)) == ["beats_constant"]


def test_regression_is_judged_alike() -> None:
    fine = samples.report(
        task=Task.REGRESSION, metric=Metric.RMSE, held_out={Metric.RMSE: 2.0}, constant={Metric.RMSE: 3.0}
    )
    assert failed(evidence(fine)) == []


def test_a_metric_that_is_not_there_fails() -> None:
    assert failed(evidence(samples.report(held_out={}))) == ["beats_constant"]
    assert failed(evidence(samples.report(constant={}))) == ["beats_constant"]


@pytest.mark.parametrize("theirs", [0.5, 0.51, 0.6])
def test_equal_or_better_than_the_champion_may_serve(theirs: float) -> None:
    verdict = judge(against(theirs))
    assert verdict.accepted
    assert verdict.champion == 3


@pytest.mark.parametrize("theirs", [0.499, 0.1, math.nan])
def test_worse_than_the_champion_may_not(theirs: float) -> None:
    assert failed(against(theirs)) == ["not_worse_than_champion"]


def test_the_margin_is_in_the_metrics_unit() -> None:
    assert failed(against(0.48, margin=0.02)) == []
    assert failed(against(0.48, margin=0.019)) == ["not_worse_than_champion"]


def test_a_champion_that_no_longer_fits_keeps_serving() -> None:
    given = against(None, why="the column 'age' is gone")
    assert failed(given) == ["not_worse_than_champion"]
    assert "the column 'age' is gone" in judge(given).summary


@pytest.mark.parametrize("score", [None, ChampionScore(2, {LOSS: 0.9})])
def test_a_champion_that_was_not_scored_keeps_serving(score: ChampionScore | None) -> None:
    assert failed(evidence(samples.report(champion=score), champion=3)) == ["not_worse_than_champion"]


def test_a_spec_can_refuse_promotion() -> None:
    assert failed(evidence(spec=Spec(promote=False))) == ["promotion_wanted"]


def test_figures_are_kept() -> None:
    rule = judge(against(0.6, margin=0.1)).rule("not_worse_than_champion")
    assert rule is not None
    assert rule.figures == {"model": 0.5, "champion": 0.6, "margin": 0.1}


def sure(constant: tuple[float, float] = (0.05, 0.2), champion: tuple[float, float] | None = None) -> Uncertainty:
    over = {} if champion is None else {LOSS: Interval(*champion)}
    return Uncertainty(0.95, 2000, 20, "percentile", {}, {}, {LOSS: Interval(*constant)}, {}, over)


@pytest.mark.parametrize(("low", "rules"), [(0.01, []), (0.0, ["beats_constant"]), (-0.01, ["beats_constant"])])
def test_better_than_a_constant_by_luck_is_not_enough(low: float, rules: list[str]) -> None:
    assert failed(evidence(samples.report(uncertainty=sure((low, 0.2))))) == rules


@pytest.mark.parametrize(
    ("low", "margin", "holds"),
    [(0.0, 0.0, True), (0.01, 0.0, True), (-0.01, 0.0, False), (-0.01, 0.01, True), (-0.02, 0.01, False)],
)
def test_the_interval_must_rule_out_worse_beyond_the_margin(low: float, margin: float, holds: bool) -> None:
    report = samples.report(champion=ChampionScore(3, {LOSS: 0.55}), uncertainty=sure(champion=(low, 0.1)))
    rule = judge(evidence(report, Spec(margin=margin), 3)).rule("not_worse_than_champion")
    assert rule is not None
    assert rule.holds is holds
    assert rule.figures == pytest.approx(
        {
            "model": 0.5,
            "champion": 0.55,
            "margin": margin,
            "gain": 0.05,
            "gain_low": low,
            "gain_high": 0.1,
            "level": 0.95,
        }
    )
    assert ("too few held-out rows to be sure" in rule.says) is not holds
    assert "95 % interval" in rule.says


def test_without_an_interval_of_its_metric_the_gate_refuses() -> None:
    report = samples.report(champion=ChampionScore(3, {LOSS: 0.9}), uncertainty=sure())
    assert failed(evidence(report, champion=3)) == ["not_worse_than_champion"]
    assert "too few for an interval" in judge(evidence(report, champion=3)).summary


def test_a_report_of_an_older_release_is_judged_by_its_plain_figures_and_the_verdict_says_so() -> None:
    given = against(0.6)
    assert given.report.uncertainty is None
    assert judge(given).accepted
    assert "no intervals: it is an older one" in judge(given).summary
