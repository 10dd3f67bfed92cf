from __future__ import annotations

from dataclasses import replace

import pytest

from millrace.adapters import documents
from millrace.domain.report import Candidate, Parity, Report
from millrace.domain.spec import Metric
from tests import samples
from tests.searched import TRIALS, WEIGHTS, searched


def scores(found: list[Candidate]) -> list[float]:
    return [each.score for each in found]


def test_those_that_serve_and_the_best_others_come_first() -> None:
    first, rest = searched(samples.report()).leaderboard(12)
    assert (len(first), len(rest)) == (12, TRIALS - 12)
    assert sum(each.weight for each in first) == pytest.approx(1.0)
    assert sum(each.serves for each in first) == len(WEIGHTS)
    assert scores(first) == sorted(scores(first))
    assert scores(rest) == sorted(scores(rest))
    assert min(scores(rest)) > max(each.score for each in first if not each.serves)


def test_of_a_metric_that_is_better_when_greater_the_greatest_come_first() -> None:
    report = samples.report(metric=Metric.AUC)
    first, rest = searched(report).leaderboard(3)
    assert [each.serves for each in first] == [True] * len(WEIGHTS)  # more than asked for, none of them is hidden
    assert scores(first) == sorted(scores(first), reverse=True)
    assert scores(rest) == sorted(scores(rest), reverse=True)


def test_few_candidates_are_all_shown() -> None:
    report = samples.report()
    assert report.leaderboard(12) == (list(report.candidates), [])
    assert report.candidates[0].serves  # it was chosen, as in reports of older releases


def test_a_report_of_a_search_is_read_as_it_was_written() -> None:
    report = searched(samples.report())
    assert documents.load(Report, documents.dump(report)) == report


@pytest.mark.parametrize(
    ("parity", "holds"),
    [
        (Parity(20, 1e-4, 3, 1e-4), True),
        (Parity(20, 1.1e-4, 0, 1e-4), False),
        (Parity(20, 0.0, 3, 1e-4, flips_far=1), False),
        (Parity(0, 0.0, 0, 1e-4), False),
        (replace(Parity(20, 0.0, 0, 1e-4), max_difference=float("nan")), False),
    ],
)
def test_parity_holds_within_its_tolerance_and_without_flips_beyond_rounding(parity: Parity, holds: bool) -> None:
    assert parity.holds is holds
