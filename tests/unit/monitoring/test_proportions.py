"""Shares are compared as scipy's exact test does, and by the normal distribution where hits are many."""

from __future__ import annotations

import pytest
from scipy import stats

from millrace.monitoring.proportions import difference, increase


@pytest.mark.parametrize(
    ("hits", "rows", "hits_now", "rows_now"),
    [
        (0, 10_000, 3, 2_000),
        (0, 10_000, 0, 2_000),
        (5, 100, 9, 80),
        (9, 80, 5, 100),
        (95, 100, 60, 80),
        (100, 100, 80, 80),
        (200, 10_000, 60, 2_000),
        (9_800, 10_000, 1_900, 2_000),
    ],
)
def test_the_exact_test_is_scipy_s(hits: int, rows: int, hits_now: int, rows_now: int) -> None:
    table = [[hits_now, rows_now - hits_now], [hits, rows - hits]]
    expected = float(stats.fisher_exact(table, alternative="greater").pvalue)
    assert increase(hits, rows, hits_now, rows_now) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(("hits", "hits_now"), [(3_000, 640), (3_000, 560), (7_000, 1_500), (5_000, 1_000)])
def test_with_many_hits_the_normal_distribution_is_as_good(hits: int, hits_now: int) -> None:
    table = [[hits_now, 2_000 - hits_now], [hits, 10_000 - hits]]
    expected = float(stats.fisher_exact(table, alternative="greater").pvalue)
    assert increase(hits, 10_000, hits_now, 2_000) == pytest.approx(expected, rel=0.4)


def test_a_difference_counts_either_way() -> None:
    assert difference(500, 10_000, 200, 2_000) < 1e-9
    assert difference(1_000, 10_000, 100, 2_000) < 1e-9
    assert difference(500, 10_000, 100, 2_000) == 1.0


def test_millions_of_rows_are_no_sum() -> None:
    assert increase(2_500_000, 5_000_000, 2_500_000, 5_000_000) == pytest.approx(0.5, abs=1e-3)
