"""What the gate's rows say, whole: owners read these sentences, and programs the figures' names."""

from __future__ import annotations

import pytest

from millrace.domain.gate import MOVE_IT, Evidence, judge
from millrace.domain.report import ChampionScore, Parity, Report
from millrace.domain.spec import Metric, Spec
from millrace.domain.uncertainty import Interval, Uncertainty
from millrace.domain.verdict import RuleResult
from tests import samples

LOSS = Metric.LOG_LOSS
SURE = Uncertainty(
    0.9, 2000, 20, "percentile", {}, {}, {LOSS: Interval(0.05, 0.2)}, {}, {LOSS: Interval(-0.01, 0.1234567)}
)


def row(number: int, report: Report, champion: int | None = None, spec: Spec | None = None) -> RuleResult:
    return judge(Evidence(report, spec or Spec(), champion)).rules[number]


def test_parity() -> None:
    told = row(0, samples.report(parity=Parity(1, 2.5e-7, 3, 1e-4)))
    assert told == RuleResult(
        "parity_holds",
        holds=True,
        figures={"rows": 1, "max_difference": 2.5e-7, "flips": 3, "flips_far": 0, "limit": 1e-4},
        says="the graph differs from the pipeline by 2.5e-07 over 1 row; 0.0001 is allowed",
    )


def test_parity_at_the_limit_holds_and_a_stricter_tolerance_counts() -> None:
    assert row(0, samples.report(parity=Parity(20, 1e-4, 0, 1e-4))).holds is True
    strict = row(0, samples.report(parity=Parity(20, 1e-5, 0, 1e-6)))
    assert (strict.holds, strict.figures["limit"]) == (False, 1e-6)


def test_a_label_that_flips_by_more_than_rounding_is_refused_however_little_the_answers_differ() -> None:
    told = row(0, samples.report(parity=Parity(2000, 5e-5, 3, 1e-4, flips_far=2)))
    assert (told.holds, told.figures["flips_far"]) == (False, 2)
    assert told.says.endswith("over 2,000 rows; 0.0001 is allowed; 2 labels flipped by more than rounding explains")


def test_the_constant() -> None:
    told = row(1, samples.report(uncertainty=SURE))
    assert (told.rule, told.holds) == ("beats_constant", True)
    assert told.figures == pytest.approx(
        {"model": 0.5, "constant": 0.61, "gain": 0.11, "gain_low": 0.05, "gain_high": 0.2, "level": 0.9}
    )
    assert told.says == ("log_loss 0.5, where one constant answer has 0.61; better by 0.11, 90 % interval 0.05 to 0.2")


def test_a_constant_without_figures() -> None:
    refused = RuleResult("beats_constant", holds=False, figures={}, says="the report has no log_loss to compare")
    assert row(1, samples.report(held_out={})) == row(1, samples.report(constant={})) == refused


def test_the_champion_and_a_gain_that_may_be_luck() -> None:
    told = row(2, samples.report(champion=ChampionScore(3, {LOSS: 0.55}), uncertainty=SURE), 3)
    assert told.rule == "not_worse_than_champion"
    assert told.holds is False
    assert told.says == (
        "log_loss 0.5, where version 3 has 0.55; 0 worse is allowed; better by 0.05, "
        "90 % interval -0.01 to 0.1235; too few held-out rows to be sure"
    )


def test_a_gain_that_is_sure_says_no_more() -> None:
    report = samples.report(champion=ChampionScore(3, {LOSS: 0.55}), uncertainty=SURE)
    told = row(2, report, 3, Spec(margin=0.02))
    assert told.holds is True
    assert told.says == (
        "log_loss 0.5, where version 3 has 0.55; 0.02 worse is allowed; better by 0.05, 90 % interval -0.01 to 0.1235"
    )


def test_no_champion_and_one_without_a_score() -> None:
    nobody = RuleResult("not_worse_than_champion", holds=True, figures={}, says="no model serves yet")
    assert row(2, samples.report()) == nobody
    unscored = row(2, samples.report(), 3)
    assert (unscored.holds, unscored.figures) == (False, {})
    assert unscored.says == "the job did not score the champion, version 3"
    bare = row(2, samples.report(champion=ChampionScore(3, {}, None)), 3)
    assert bare.says == f"version 3 can't be compared, so it keeps serving: it has no log_loss; {MOVE_IT}"


def test_too_few_rows_for_an_interval_is_a_plain_no() -> None:
    report = samples.report(metric=Metric.AUC, constant={Metric.AUC: 0.5}, uncertainty=SURE)
    told = row(1, report)
    assert told.holds is False
    assert told.figures == {"model": 0.8, "constant": 0.5}
    assert told.says == ("auc 0.8, where one constant answer has 0.5; the held-out rows are too few for an interval")


def test_rounding_is_relative_to_the_figure() -> None:
    """A difference in the last digits of large figures is none, in either direction."""
    large = {LOSS: 1e9}
    worse = samples.report(held_out={LOSS: 1e9 + 0.5}, champion=ChampionScore(3, large))
    assert row(2, worse, 3).holds is True
    better = samples.report(held_out={LOSS: 1e9 - 0.5}, constant=large)
    assert row(1, better).holds is False


def test_the_owner_s_wish() -> None:
    assert row(3, samples.report()) == RuleResult(
        "promotion_wanted", holds=True, figures={}, says="the spec lets a good model serve"
    )
    assert row(3, samples.report(), spec=Spec(promote=False)).says == f"the spec says promote: false; {MOVE_IT}"
