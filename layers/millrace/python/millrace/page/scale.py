"""From a figure to its place in a picture, and the round numbers beside an axis."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass

_MOST = sys.float_info.max
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """`low` lies at `start` and `high` at `end`, both in the picture's units; what lies beyond is drawn at the edge."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def over(cls, values: Iterable[float], start: float, end: float) -> Scale:
        """From the least value to the greatest; around a single one."""
        found = [value for value in values if math.isfinite(value)]
        low, high = min(found, default=0.0), max(found, default=1.0)
        if low == high:
            apart = abs(low) / 2 or 1.0
            low, high = max(low - apart, -_MOST), min(high + apart, _MOST)
        return cls(low, high, start, end)

    def at(self, value: float) -> float:
        """Where a value lies."""
        span = self.high / 2 - self.low / 2  # halves, since the difference of two floats may be none
        share = (value / 2 - self.low / 2) / span if span else 0.5
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    def ticks(self, wanted: int = 4) -> tuple[float, ...]:
        """About so many round numbers within."""
        step = 2 * ((self.high / 2 - self.low / 2) / wanted)
        if not 0 < step < math.inf or step < 1e-300:  # of less, the power of ten is no float
            return (self.low, self.high)
        power = 10.0 ** math.floor(math.log10(step))
        step = next(round_ * power for round_ in _STEPS if round_ * power >= step * (1 - 1e-9))
        first = math.ceil(self.low / step - 1e-9)
        found = (index * step for index in range(first, first + 2 * wanted + 2))
        return tuple(value for value in found if value <= self.high + step * 1e-9)
