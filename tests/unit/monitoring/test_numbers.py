"""Tests of numbers, against scipy on the raw values and against what is known of a shifted normal distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats

from millrace.domain.schema import Kind
from millrace.monitoring import jensen_shannon, kolmogorov_smirnov, out_of_range, psi, rank_sum, wasserstein
from millrace.monitoring.measured import Measure, Measured
from tests.streams import pair

Floats = NDArray[np.floating[Any]]
RANDOM = np.random.default_rng(0)
TRAINED = RANDOM.normal(size=10_000)
PLAIN = RANDOM.normal(size=2_000)


def said(measure: Measure, now: Floats, before: Floats = TRAINED, kind: Kind = Kind.NUMBER) -> Measured:
    found = measure(*pair(kind, before, now))
    assert found is not None
    return found


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.3, 1.0, 8.0])
def test_kolmogorov_smirnov_is_scipy_s_to_the_width_of_a_cell_and_errs_to_the_safe_side(shift: float) -> None:
    found = said(kolmogorov_smirnov.measure, PLAIN + shift)
    exact = stats.ks_2samp(TRAINED, PLAIN + shift)
    assert exact.statistic - 2 / 126 <= found.statistic <= exact.statistic + 1e-12
    limit = float(special.kolmogorov(np.sqrt(10_000 * 2_000 / 12_000) * exact.statistic))
    assert found.p_value >= limit * (1.0 - 1e-9)


def test_kolmogorov_smirnov_of_few_values_is_exact() -> None:
    few, now = RANDOM.integers(1, 6, 5_000).astype(np.float64), RANDOM.integers(2, 6, 500).astype(np.float64)
    assert said(kolmogorov_smirnov.measure, now, few).statistic == pytest.approx(stats.ks_2samp(few, now).statistic)


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.3, 1.0])
def test_rank_sum_is_scipy_s(shift: float) -> None:
    found = said(rank_sum.measure, PLAIN + shift)
    exact = stats.mannwhitneyu(PLAIN + shift, TRAINED, use_continuity=False, method="asymptotic")
    assert found.statistic == pytest.approx(abs(exact.statistic / (10_000 * 2_000) - 0.5), abs=1e-3)
    assert np.log10(found.p_value) == pytest.approx(np.log10(exact.pvalue), rel=0.02, abs=0.05)


@pytest.mark.parametrize("values", [2, 5, 100])
def test_rank_sum_of_whole_numbers_corrects_for_ties(values: int) -> None:
    before, now = (RANDOM.integers(0, values, count).astype(np.float64) for count in (3_000, 700))
    found = said(rank_sum.measure, now, before)
    exact = stats.mannwhitneyu(now, before, use_continuity=False, method="asymptotic")
    assert found.p_value == pytest.approx(exact.pvalue, rel=1e-9)


@pytest.mark.parametrize("shift", [0.1, 0.3, 1.0])
def test_wasserstein_is_scipy_s_in_standard_deviations(shift: float) -> None:
    found = said(wasserstein.measure, PLAIN + shift)
    exact = stats.wasserstein_distance(TRAINED, PLAIN + shift) / TRAINED.std()
    assert found.statistic == pytest.approx(exact, rel=0.08, abs=0.01)


def test_wasserstein_is_the_same_in_any_unit_and_no_far_value_hides_a_shift() -> None:
    found = said(wasserstein.measure, PLAIN + 0.5)
    scaled = said(wasserstein.measure, (PLAIN + 0.5) * 1e6 + 3.0, TRAINED * 1e6 + 3.0)
    assert scaled.statistic == pytest.approx(found.statistic, rel=1e-6)
    far = TRAINED.copy()
    far[0] = 1e9
    assert said(wasserstein.measure, PLAIN + 0.5, far).statistic == pytest.approx(found.statistic, rel=0.1)


def test_psi_is_that_of_a_shifted_normal_distribution() -> None:
    """Of two normals a shift apart, the symmetric divergence of Kullback and Leibler is its square."""
    assert said(psi.measure, PLAIN + 0.5).statistic == pytest.approx(0.25, rel=0.2)
    assert said(psi.measure, PLAIN).statistic < 0.02


def test_jensen_shannon_lies_between_nought_and_one() -> None:
    assert said(jensen_shannon.measure, PLAIN).statistic < 0.05
    assert said(jensen_shannon.measure, PLAIN + 100.0).statistic == pytest.approx(0.9, abs=0.1)
    near = said(jensen_shannon.measure, PLAIN + 0.3).statistic
    assert near == pytest.approx(np.sqrt(0.09 / 8 / np.log(2)), rel=0.2)  # an eighth of the square, in bits


def test_out_of_range_counts_what_no_training_row_held() -> None:
    now = PLAIN.clip(TRAINED.min(), TRAINED.max())
    assert out_of_range.measure(*pair(Kind.NUMBER, TRAINED, now)) is None
    now[:40], now[40:60] = 1e6, -1e6
    found = said(out_of_range.measure, now)
    assert found.statistic == 60 / 2_000
    assert found.p_value < 1e-20


def test_out_of_range_has_the_exact_chance_whatever_the_distribution() -> None:
    """Of 3 + 2 values, the two greatest are the new ones in one of ten orders; either end counts."""
    before, now = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0])
    assert said(out_of_range.measure, now, before).p_value == pytest.approx(2 / 10)


def test_a_constant_that_changes_is_out_of_range() -> None:
    assert said(out_of_range.measure, np.full(500, 3.1), np.full(500, 3.0)).statistic == 1.0


def test_time_goes_on_and_dates_that_stay_behind_are_drift() -> None:
    days = 86_400.0 * np.arange(2_000)
    later = days[-100:] + 86_400.0 * 200
    assert out_of_range.measure(*pair(Kind.DATE, days, later)) is None
    assert said(kolmogorov_smirnov.measure, later, days, Kind.DATE).statistic == 0.0
    assert said(kolmogorov_smirnov.measure, days[:100], days, Kind.DATE).p_value < 1e-9
    assert said(out_of_range.measure, days[:100] - 86_400.0 * 200, days, Kind.DATE).statistic == 1.0
