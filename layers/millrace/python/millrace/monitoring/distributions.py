"""Tails of the distributions that tests refer to, through `math` only: the detector carries no statistics library."""

from __future__ import annotations

import math

SERIES = 1.18  # above it the alternating series of Kolmogorov's distribution converges faster, below it the other


def normal_tail(z: float) -> float:
    """P(Z >= z) of a standard normal Z."""
    return 0.5 * math.erfc(z / math.sqrt(2.0))


def chi_squared_tail(x: float, freedom: int) -> float:
    """P(X >= x) of a chi-squared X with so many degrees of freedom, an integer from 1.

    The finite series of Abramowitz and Stegun, "Handbook of mathematical functions" (1964), 26.4.4 and 26.4.5: exact.
    """
    if x <= 0.0:
        return 1.0
    half = x / 2.0
    first = 0.5 if freedom % 2 else 0.0
    tail = math.erfc(math.sqrt(half)) if freedom % 2 else 0.0
    terms = (first + k for k in range(freedom // 2))
    return min(1.0, tail + math.fsum(math.exp(a * math.log(half) - half - math.lgamma(a + 1.0)) for a in terms))


def kolmogorov_tail(x: float) -> float:
    """P(K >= x) of Kolmogorov's limit distribution (1933), by whichever of its two series converges at once."""
    if x <= 0.0:
        return 1.0
    if x < SERIES:
        y = math.exp(-(math.pi**2) / (8.0 * x * x))
        below = math.sqrt(2.0 * math.pi) / x * math.fsum(y ** ((2 * k - 1) ** 2) for k in range(1, 5))
        return max(0.0, 1.0 - below)
    return 2.0 * math.fsum((-1) ** (k - 1) * math.exp(-2.0 * k * k * x * x) for k in range(1, 6))
