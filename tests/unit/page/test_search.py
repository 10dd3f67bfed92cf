"""What the page says of a search: what was built and tried, and what that promises."""

from __future__ import annotations

from dataclasses import replace

import html5lib
import pytest

from millrace.domain.diagnostics import CurvePoint, Dependence, Dependences, Diagnostics, LearningCurve, MoreRows
from millrace.domain.findings import Findings
from millrace.domain.manifest import Manifest
from millrace.domain.report import (
    Artifact,
    Calibrated,
    Candidate,
    ChampionScore,
    Ensemble,
    Memory,
    Parity,
    Report,
    Search,
    WorstRow,
)
from millrace.domain.schema import Kind
from millrace.domain.spec import Metric
from millrace.domain.uncertainty import Interval, Uncertainty
from millrace.page.document import render
from tests import samples
from tests.drawn import TICKET
from tests.searched import COSTS, searched


def said(report: Report, anchor: str, manifest: Manifest | None = None) -> str:
    """A section's words, what pictures say to those who can't see them included; nothing where it is not there."""
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(
        render(Findings(TICKET, report, manifest=manifest))
    )
    for section in tree.iter("section"):
        if section.attrib["aria-labelledby"] == anchor:
            labels = [each.attrib["aria-label"] for each in section.iter() if "aria-label" in each.attrib]
            return " ".join(" ".join([*section.itertext(), *labels]).split())
    return ""


def test_what_was_built_is_told_with_what_it_costs() -> None:
    told = said(searched(samples.report()), "ensemble")
    for words in (
        "the weighted mean of 5 of 60 candidates",
        "60 trials in 58.3 s; asked for: 60 s",
        "4.21 MB, where 20 MB is allowed",
        "0.41 ms at the median, in ONNX Runtime with one thread, where 1 ms is allowed",
        "calibrated by isotonic: log loss 0.4187, before 0.4312",
        "yes from a probability of 0.314 on: a missed one costs five times a false alarm",
        "Weight in the ensemble: lightgbm 1 42 %",
    ):
        assert words in told


def test_cross_validated_figures_stand_beside_the_held_out_ones() -> None:
    interval = Interval(0.41, 0.52)
    crossed = Ensemble(0.5, 0.1, metrics={Metric.LOG_LOSS: 0.4567}, intervals={Metric.LOG_LOSS: interval})
    told = said(samples.report(ensemble=crossed), "figures")
    assert "0.4567 0.41 to 0.52" in told
    assert "they flatter it a little" in told
    assert "what time has changed" not in told
    of_newest = said(samples.report(ensemble=crossed), "figures", samples.manifest(ordered_by="at"))
    assert "they flatter it a little. Those rows are older than the held-out ones" in of_newest
    assert "cross-validated" not in said(samples.report(ensemble=Ensemble(0.5, 0.1)), "figures")


def test_figures_of_labels_say_by_which_threshold_they_are() -> None:
    assert "its labels, yes from a probability of 0.314 on: a missed one" in said(searched(samples.report()), "figures")
    assert "its labels" not in said(samples.report(ensemble=Ensemble(0.5, 0.1)), "figures")


def test_what_wrong_labels_cost_stands_with_the_figures() -> None:
    told = said(searched(samples.report()), "figures")
    assert "cost of wrong labels, a row a false positive 1, a false negative 5; less is better 0.2187" in told
    assert "0.7012 yes for every row" in told
    assert "cost of wrong labels" not in said(samples.report(), "figures")
    serving = ChampionScore(3, {Metric.LOG_LOSS: 0.6, Metric.AUC: 0.7})
    costs = replace(COSTS, champion=0.3141, saved_over_champion=Interval(0.0812, 0.1094))
    sure = Uncertainty(0.95, 2000, 20, "x", {}, {}, {}, over_champion={Metric.AUC: Interval(0.05, 0.15)})
    beside = said(samples.report(champion=serving, label_costs=costs, uncertainty=sure), "figures")
    assert "0.3141 by 0.4419 to 0.5233 by 0.0812 to 0.1094" in beside


def test_what_is_not_known_of_a_search_is_not_said() -> None:
    assert said(samples.report(), "ensemble") == ""
    told = said(samples.report(search=Search(3.0, 1)), "ensemble")
    assert "1 trial in 3 s" in told
    assert "asked" not in told
    told = said(samples.report(artifact=Artifact(100, 0.2), ensemble=Ensemble(0.5, 0.1)), "ensemble")
    assert "one of 1 candidate" in told
    assert "allowed" not in told
    taken = said(samples.report(memory=Memory(1_230_000_000, 8_000_000_000)), "ensemble")
    assert "memory of the job 1.23 GB at most, where 8 GB is allowed" in taken
    raw = Ensemble(0.5, 0.1, Calibrated("none", 0.4, 0.4))
    assert "as they are: no calibration did better" in said(samples.report(ensemble=raw), "ensemble")


def test_whose_each_candidate_is_is_told_where_several_jobs_searched() -> None:
    candidates = tuple(Candidate(f"linear {job}", 0.5, 0.1, 1.0, weight=0.5, folds_done=5, job=job) for job in (1, 2))
    report = samples.report(candidates=candidates, search=Search(3.0, 2, jobs=2))
    assert "2 trials by 2 jobs in 3 s" in said(report, "ensemble")
    assert "folds job weight" in said(report, "leaderboard")
    assert " job " not in said(searched(samples.report()), "leaderboard")


def test_the_leaderboard_says_what_each_weighs_or_why_it_was_left_out() -> None:
    told = said(searched(samples.report()), "leaderboard")
    for words in ("the ensemble", "42 %", "pruned after 1 fold", "over the size budget", "48 more candidates"):
        assert words in told
    assert "feature_fraction 0.83, learning_rate 0.0513, min_child_samples 20, num_leaves 31" in told
    older = said(samples.report(), "leaderboard")
    for words in ("weight", "folds ", "left out because", "more candidate"):
        assert words not in older.replace("mean over folds", "").replace("over the folds", "")
    assert "logistic (chosen)" in older


def test_one_fold_has_no_spread() -> None:
    pruned = Candidate("x", 0.25, 0.0, 1.0, family="trees", settings={"fast": True}, folds_done=1, dropped="pruned")
    told = said(samples.report(candidates=(pruned,)), "leaderboard")
    assert "0.25 ±" not in told
    assert "trees: fast yes" in told


@pytest.mark.parametrize("low", [0.4, 0.5])
def test_how_answers_change_is_told_in_words_too(low: float) -> None:
    numbers = Dependence("age", Kind.NUMBER, "good", (low, 0.7), (0.3, 0.6), (0.5, 0.8), numbers=(18.0, 70.0))
    days = replace(numbers, feature="since", kind=Kind.DATE, numbers=(0.0, 86400.0))
    flags = replace(numbers, feature="member", kind=Kind.BOOLEAN, label=None, numbers=(0.0, 1.0))
    cities = replace(numbers, feature="city", kind=Kind.CATEGORY, numbers=(), categories=("Köln", None))
    drawn = Diagnostics(dependences=Dependences(500, (numbers, days, flags, cities)))
    told = said(samples.report(diagnostics=drawn), "dependence")
    for words in (
        "The mean answer to 500 held-out rows",
        f"probability of good over age: {low} at 18, 0.7 at 70",
        "at 1970-01-01, 0.7 at 1970-01-02",
        f"prediction by member: false {low}, true 0.7",
        f"probability of good by city: Köln {low}, missing 0.7",
    ):
        assert words in told


def test_whether_more_data_would_help_is_the_sections_first_sentence() -> None:
    points = (CurvePoint(100, 0.6, 0.01), CurvePoint(200, 0.5, 0.01))
    curve = LearningCurve(Metric.LOG_LOSS, "linear", points, 0.1, 0.01, MoreRows.HELP, "it pays: log_loss falls")
    told = said(samples.report(diagnostics=Diagnostics(learning_curve=curve)), "more-rows")
    assert told.startswith("Would more data help? It pays: log loss falls.")
    assert "log loss of linear 0.6 on 100 rows, 0.5 on 200 rows" in told
    assert said(samples.report(diagnostics=Diagnostics()), "more-rows") == ""


def test_the_row_that_differs_most_is_named() -> None:
    worst = WorstRow(16, 0.123456789, None, "good")
    told = said(samples.report(parity=Parity(20, 1e-6, 3, 1e-4, flips_far=1, worst_row=worst)), "origin")
    assert "held-out row 17: probability of good 0.123456789 by the pipeline, none by the graph" in told
    assert "labels that differ: 3, 1 of them by more than rounding explains" in told
    assert "no label differs" in said(samples.report(), "origin")
