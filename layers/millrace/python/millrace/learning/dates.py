"""Parts of a date, computed by the same few operations in the fitted pipeline and in the graph."""

from __future__ import annotations

from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

PARTS = ("seconds", "year", "month", "day", "weekday", "hour")

Value = TypeVar("Value")


class Arithmetic(Protocol[Value]):
    """What the computation needs of arrays or of tensors in a graph; all of it element by element in FP64."""

    def number(self, value: float) -> Value:
        """A constant."""
        ...

    def plus(self, left: Value, right: Value) -> Value:
        """Sum."""
        ...

    def minus(self, left: Value, right: Value) -> Value:
        """Difference."""
        ...

    def times(self, left: Value, right: Value) -> Value:
        """Product."""
        ...

    def over(self, left: Value, right: Value) -> Value:
        """Quotient."""
        ...

    def floor(self, value: Value) -> Value:
        """The greatest whole number not above."""
        ...


class Arrays:
    """Arithmetic on FP64 arrays."""

    def number(self, value: float) -> NDArray[np.float64]:
        """A constant."""
        return np.array(value, dtype=np.float64)

    def plus(self, left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum."""
        return left + right

    def minus(self, left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
        """Difference."""
        return left - right

    def times(self, left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
        """Product."""
        return left * right

    def over(self, left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
        """Quotient."""
        return left / right

    def floor(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """The greatest whole number not above."""
        return np.floor(value)


def parts(on: Arithmetic[Value], seconds: Value) -> list[Value]:
    """The `PARTS` of seconds since 1970-01-01T00:00Z, in UTC; Sunday is weekday 0. NaN gives NaN.

    Months follow `civil_from_days` of H. Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March.
    """

    def whole(value: Value, divisor: float) -> Value:
        return on.floor(on.over(value, on.number(divisor)))

    def left(value: Value, times: Value, factor: float) -> Value:
        return on.minus(value, on.times(times, on.number(factor)))

    def plus(value: Value, amount: float) -> Value:
        return on.plus(value, on.number(amount))

    days = whole(seconds, 86_400)
    hour = whole(left(seconds, days, 86_400), 3_600)
    thursday = plus(days, 4)
    weekday = left(thursday, whole(thursday, 7), 7)
    shifted = plus(days, 719_468)
    era = whole(shifted, 146_097)
    of_era = left(shifted, era, 146_097)
    leaps = on.plus(on.minus(of_era, whole(of_era, 1_460)), on.minus(whole(of_era, 36_524), whole(of_era, 146_096)))
    year_of_era = whole(leaps, 365)
    leap_days = on.minus(whole(year_of_era, 4), whole(year_of_era, 100))
    of_year = on.minus(left(of_era, year_of_era, 365), leap_days)
    march_month = whole(plus(on.times(of_year, on.number(5)), 2), 153)
    before = whole(plus(on.times(march_month, on.number(153)), 2), 5)
    day = plus(on.minus(of_year, before), 1)
    turn = whole(plus(march_month, 2), 12)
    month = left(plus(march_month, 3), turn, 12)
    year = on.plus(on.plus(year_of_era, on.times(era, on.number(400))), turn)
    return [seconds, year, month, day, weekday, hour]
