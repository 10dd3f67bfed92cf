"""Tails agree with scipy's, far out too."""

from __future__ import annotations

import pytest
from scipy import special, stats

from millrace.monitoring.distributions import chi_squared_tail, kolmogorov_tail, normal_tail


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 9, 10, 99, 200])
@pytest.mark.parametrize("times", [0.0, 0.01, 0.5, 1.0, 2.0, 7.0])
def test_chi_squared(freedom: int, times: float) -> None:
    expected = float(stats.chi2.sf(freedom * times, freedom))
    assert chi_squared_tail(freedom * times, freedom) == pytest.approx(expected, rel=1e-9, abs=1e-290)


@pytest.mark.parametrize("x", [0.0, 0.2, 0.5, 0.9, 1.17, 1.19, 1.5, 2.0, 4.0, 10.0])
def test_kolmogorov(x: float) -> None:
    assert kolmogorov_tail(x) == pytest.approx(float(special.kolmogorov(x)), rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("z", [-3.0, 0.0, 1.0, 6.0, 30.0])
def test_normal(z: float) -> None:
    assert normal_tail(z) == pytest.approx(float(stats.norm.sf(z)), rel=1e-9)


def test_far_out_they_are_nought_and_no_error() -> None:
    assert chi_squared_tail(1e6, 9) == kolmogorov_tail(100.0) == normal_tail(100.0) == 0.0
