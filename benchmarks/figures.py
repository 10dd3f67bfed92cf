"""A figure and how it is printed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the output: what was measured, its value with the unit, and what to know about it."""

    what: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of each repetition."""

    seconds: Sequence[float]

    @classmethod
    def of(cls, call: Callable[[], object], *, repeat: int, warm_up: int = 20) -> Times:
        """Measure `repeat` calls after some that don't count."""
        for _ in range(warm_up):
            call()
        seconds = []
        for _ in range(repeat):
            start = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - start)
        return cls(seconds)

    @property
    def median(self) -> float:
        """In seconds."""
        return statistics.median(self.seconds)

    @property
    def p99(self) -> float:
        """In seconds."""
        return statistics.quantiles(self.seconds, n=100)[-1]


def table(rows: Sequence[Row]) -> str:
    """The rows as aligned text."""
    widths = [max(len(row.what) for row in rows), max(len(row.value) for row in rows)]
    return "\n".join(f"  {row.what:<{widths[0]}}  {row.value:>{widths[1]}}  {row.note}".rstrip() for row in rows)
