"""How sure the held-out rows are of a figure: intervals by the bootstrap, which the gate and people read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from millrace.domain.spec import Metric


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, in the metric's unit."""

    low: float
    high: float


Intervals = Mapping[Metric, Interval]


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Two-sided bootstrap intervals at `level`, from `resamples` of the held-out rows, the same ones for all figures.

    `units` were drawn: the rows, or groups of them pooled at random. `held_out`, `constant` and `champion` are of the
    metrics themselves; `over_constant` and `over_champion` of the paired gain: how much better the model is, negative
    where worse. A metric that most resamples can't have (AUC where they hold one class) is left out.
    """

    level: float
    resamples: int
    units: int
    method: str
    held_out: Intervals
    constant: Intervals
    over_constant: Intervals
    champion: Intervals = field(default_factory=dict)
    over_champion: Intervals = field(default_factory=dict)
