"""Alarms in windows without drift, and drift that was seen: ours, Evidently's, and the usual tests of scipy."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import numpy as np
from scipy import stats

from benchmarks import peers
from benchmarks.detector import CATEGORIES, EVIDENTLY, parquet
from benchmarks.figures import Row
from millrace.domain.spec import Spec
from millrace.monitoring.decision import judge
from tests.streams import DRIFTS, Drifts, Rows, describe, draw, sketch

WINDOWS, ALSO = 100, 20  # ours and scipy's, and Evidently's, which takes its time
TRAINED, CAPTURED = 10_000, 2_000
LEVEL = 0.05  # of scipy's tests, after Benjamini and Hochberg

Window = tuple[Rows, Rows]


def run() -> list[Row]:
    """Of windows of 2,000 rows against 10,000: those in which any column, or the one that drifted, is said to drift."""
    cases: Mapping[str, Drifts | None] = {"without drift": None, **DRIFTS}
    with tempfile.TemporaryDirectory() as name:
        return [_row(what, drifts, Path(name) / str(number)) for number, (what, drifts) in enumerate(cases.items())]


def _row(what: str, drifts: Drifts | None, folder: Path) -> Row:
    judged = [(_ours(rows), _scipy(rows)) for rows in (window(seed, drifts) for seed in range(WINDOWS))]
    ours, scipys = (_hits(said, drifts) for said in zip(*judged, strict=True))
    theirs = _hits(_evidently(folder, drifts), drifts)
    return Row(what, f"{ours} of {WINDOWS}", f"scipy's tests {scipys} of {WINDOWS}; Evidently {theirs} of {ALSO}")


def _hits(said: Iterable[Collection[str]], drifts: Drifts | None) -> int:
    return sum(bool(columns) if drifts is None else drifts.column in columns for columns in said)


def window(seed: int, drifts: Drifts | None) -> Window:
    """Rows to train on, and captured ones, changed or not."""
    random = np.random.default_rng(seed)
    trained, captured = draw(random, TRAINED), draw(random, CAPTURED)
    if drifts is not None:
        drifts.change(captured, random)
    return trained, captured


def _ours(rows: Window) -> Collection[str]:
    known = describe(rows[0])
    _, _, findings = judge(known, sketch(known, rows[1]), None, Spec())
    return {finding.column for finding in findings if finding.drifted}


def _scipy(rows: Window) -> Collection[str]:
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
    corrected = stats.false_discovery_control(p_values)
    return {name for name, p_value in zip(trained, corrected, strict=True) if p_value <= LEVEL}


def _evidently(folder: Path, drifts: Drifts | None) -> Iterable[Collection[str]]:
    """The columns that its preset finds drifted, by window."""
    folder.mkdir()
    for seed in range(ALSO):
        for rows, name in zip(window(seed, drifts), ("reference", "current"), strict=True):
            parquet(folder / f"{seed:03}.{name}.parquet", rows)
    found: Mapping[str, Collection[str]] = peers.told([peers.python(), EVIDENTLY, folder, *CATEGORIES])["drifted"]
    return found.values()
