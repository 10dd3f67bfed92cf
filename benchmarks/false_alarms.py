"""Alarms in windows without drift, and drift that was seen: ours, Evidently's, and the usual tests of scipy."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from scipy import stats

from benchmarks import peers
from benchmarks.detector import CATEGORIES, EVIDENTLY, parquet
from benchmarks.figures import Row
from millrace.domain.drift import Standing
from millrace.domain.spec import Spec
from millrace.monitoring.decision import judge
from tests.streams import CHANGES, Change, Rows, describe, draw, sketch

WINDOWS, ALSO = 100, 10  # without drift, and of each kind of drift for Evidently, which takes its time
TRAINED, CAPTURED = 10_000, 2_000
LEVEL = 0.05  # of scipy's tests, after Benjamini and Hochberg

Window = tuple[Rows, Rows]


def run() -> list[Row]:
    """Of 100 windows of 2,000 rows against 10,000, those in which something is said to have drifted."""
    cases: Mapping[str, Change | None] = {"without drift": None, **CHANGES}
    with tempfile.TemporaryDirectory() as name:
        return [_row(what, change, Path(name) / str(number)) for number, (what, change) in enumerate(cases.items())]


def _row(what: str, change: Change | None, folder: Path) -> Row:
    ours, scipys = (_count(judges, change) for judges in (_drifted, _scipy))
    looked = WINDOWS if change is None else ALSO
    theirs = _evidently(folder, change, looked)
    return Row(what, f"{ours} of {WINDOWS}", f"scipy's tests {scipys} of {WINDOWS}; Evidently {theirs} of {looked}")


def window(seed: int, change: Change | None) -> Window:
    """Rows to train on, and captured ones, changed or not."""
    random = np.random.default_rng(seed)
    trained, captured = draw(random, TRAINED), draw(random, CAPTURED)
    if change is not None:
        change(captured, random)
    return trained, captured


def _count(judges: Callable[[Window], bool], change: Change | None) -> int:
    return sum(map(judges, map(partial(window, change=change), range(WINDOWS))))


def _drifted(rows: Window) -> bool:
    known = describe(rows[0])
    return judge(known, sketch(known, rows[1]), None, Spec())[0] is Standing.DRIFTED


def _scipy(rows: Window) -> bool:
    """Kolmogorov-Smirnov for numbers and chi-squared for categories, corrected."""
    trained, captured = (each.columns for each in rows)
    p_values = []
    for name, before in trained.items():
        now = captured[name]
        if name in CATEGORIES:
            sides = [Counter(side.tolist()) for side in (before, now)]
            counts = [[side[value] for value in sides[0] | sides[1]] for side in sides]
            p_values.append(stats.chi2_contingency(counts, correction=False).pvalue)
        else:
            p_values.append(stats.ks_2samp(before[~np.isnan(before)], now[~np.isnan(now)], method="asymp").pvalue)
    return bool((stats.false_discovery_control(p_values) <= LEVEL).any())


def _evidently(folder: Path, change: Change | None, looked: int) -> int:
    """Windows in which its preset finds any column drifted."""
    folder.mkdir()
    for seed in range(looked):
        for rows, name in zip(window(seed, change), ("reference", "current"), strict=True):
            parquet(folder / f"{seed:03}.{name}.parquet", rows)
    told = peers.told([peers.python(), EVIDENTLY, folder, *CATEGORIES])
    return sum(bool(columns) for columns in told["drifted"].values())
