"""Which test is made of which columns. A new one is a file with a `measure`, and its row here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from millrace.domain.baseline import Baseline, ColumnBaseline
from millrace.domain.schema import Kind
from millrace.domain.sketch import ColumnSketch, Sketch
from millrace.monitoring import (
    chi_squared,
    jensen_shannon,
    kolmogorov_smirnov,
    missing_rate,
    out_of_range,
    psi,
    rank_sum,
    unreadable,
    unseen_values,
    value_share,
    wasserstein,
)
from millrace.monitoring.measured import Measure, Measured


@dataclass(frozen=True, slots=True)
class ColumnTest:
    """A test by its name, made of columns of these kinds; `answers` says whether of what the model answers too."""

    name: str
    measure: Measure
    kinds: frozenset[Kind]
    answers: bool = True


ANY = frozenset(Kind)
NUMBER = frozenset({Kind.NUMBER})
IN_ORDER = frozenset({Kind.NUMBER, Kind.DATE})
VALUES = frozenset({Kind.CATEGORY})
SHARES = frozenset({Kind.CATEGORY, Kind.BOOLEAN})
SPELLED = frozenset({Kind.NUMBER, Kind.DATE, Kind.BOOLEAN})

COLUMN_TESTS = (
    ColumnTest("psi", psi.measure, NUMBER | SHARES),
    ColumnTest("jensen_shannon", jensen_shannon.measure, NUMBER | SHARES),
    ColumnTest("wasserstein", wasserstein.measure, NUMBER),
    ColumnTest("kolmogorov_smirnov", kolmogorov_smirnov.measure, IN_ORDER),
    ColumnTest("rank_sum", rank_sum.measure, NUMBER),
    ColumnTest("chi_squared", chi_squared.measure, SHARES),
    ColumnTest("value_share", value_share.measure, VALUES),
    ColumnTest("missing_rate", missing_rate.measure, ANY),
    ColumnTest("unseen_values", unseen_values.measure, VALUES, answers=False),
    ColumnTest("out_of_range", out_of_range.measure, IN_ORDER, answers=False),
    ColumnTest("unreadable", unreadable.measure, SPELLED, answers=False),
)


def measure_all(baseline: Baseline, window: Sketch) -> Iterator[tuple[str, str, Measured]]:
    """Every test that has something to say: its name, its column's, and what it says."""
    for before, now in zip(baseline.columns, window.columns, strict=True):
        yield from _measure(before, now, answers=False)
    yield from _measure(baseline.predictions, window.predictions, answers=True)
    if baseline.scores is not None and window.scores is not None:
        yield from _measure(baseline.scores, window.scores, answers=True)


def _measure(before: ColumnBaseline, now: ColumnSketch, *, answers: bool) -> Iterator[tuple[str, str, Measured]]:
    for test in COLUMN_TESTS:
        if before.kind in test.kinds and (test.answers or not answers):
            said = test.measure(before, now)
            if said is not None:
                yield test.name, before.name, said
