"""What one test says of one column before it is known how many others were made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from millrace.domain.baseline import ColumnBaseline
from millrace.domain.sketch import ColumnSketch

LEAST = 20  # rows with a value, on either side, that a comparison of distributions takes


@dataclass(frozen=True, slots=True)
class Measured:
    """`statistic` and the `limit` where it begins to matter, in the test's unit; `p_value` of its own, uncorrected."""

    statistic: float
    limit: float
    p_value: float
    says: str


Measure = Callable[[ColumnBaseline, ColumnSketch], Measured | None]
"""A test of one column; None where it has nothing to say, as of a column without values."""


def comparable(before: ColumnBaseline, now: ColumnSketch) -> bool:
    """Whether both sides hold enough values, in more than one cell, to compare how they are distributed."""
    return before.cells.size > 1 and sum(before.counts) >= LEAST and now.present >= LEAST
