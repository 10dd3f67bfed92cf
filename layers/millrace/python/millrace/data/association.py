"""How columns go together: with one another, and each with the target."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from millrace.data.admitted import Admitted
from millrace.data.table import Index
from millrace.domain.profile import Correlations, Measure
from millrace.domain.schema import Column, Kind

COLUMNS = 30  # of numbers, that are correlated
BINS = 10  # of equal numbers of rows, that a number's association is computed from
Floats = NDArray[np.float64]


def correlations(sample: Admitted) -> Correlations:
    """Pearson's coefficients of the first 30 number features, each over the rows that hold both."""
    numeric = [column.name for column in sample.schema.features if column.kind is Kind.NUMBER]
    names = numeric[:COLUMNS]
    if not names:
        return Correlations((), ())
    values = np.stack([np.asarray(sample.table[name], dtype=np.float64) for name in names], axis=1)
    matrix = pearson(values)
    rows = tuple(tuple(None if np.isnan(r) else round(float(r), 6) for r in row) for row in matrix)
    return Correlations(tuple(names), rows, len(numeric) - len(names))


def pearson(values: Floats) -> Floats:
    """Pairwise complete coefficients of `values` [rows, columns], NaN where one is constant or never with the other."""
    there = ~np.isnan(values)
    values = values / np.maximum(np.abs(np.where(there, values, 0.0)).max(axis=0), 1e-300)  # squares stay in range
    here = there.astype(np.float64)
    count = np.maximum(there.sum(axis=0), 1)
    centred = np.where(there, values, 0.0)
    centred = np.where(there, centred - centred.sum(axis=0) / count, 0.0)
    scale = np.sqrt((centred**2).sum(axis=0) / count)
    centred /= np.where(scale > 0.0, scale, 1.0)
    both = here.T @ here
    with np.errstate(divide="ignore", invalid="ignore"):
        means = (centred.T @ here) / both  # of the row's column where the other is there too
        spread = ((centred**2).T @ here) / both - means**2
        found = ((centred.T @ centred) / both - means * means.T) / np.sqrt(spread * spread.T)
    constant = (spread <= 1e-12) | (spread.T <= 1e-12)
    return np.where(constant | (both < 2), np.nan, np.clip(found, -1.0, 1.0))


def with_target(sample: Admitted, column: Column) -> float | None:
    """The association of a feature with the target by `measure`: 0 to 1, over the rows of the sample.

    A number counts by ten bins of equally many rows, a category by its values; what is missing is a group too. None for
    free text, whose values stand once each.
    """
    if column.kind is Kind.TEXT:
        return None
    groups = _groups(sample, column)
    if sample.schema.classes:
        return round(cramers_v(groups, np.asarray(sample.answers, dtype=np.int64)), 6)
    return round(eta(groups, np.asarray(sample.answers, dtype=np.float64)), 6)


def measure(sample: Admitted) -> Measure:
    """Which one fits the target."""
    return Measure.CRAMERS_V if sample.schema.classes else Measure.ETA


def cramers_v(groups: Index, classes: Index) -> float:
    """Cramér's V of two columns of codes, corrected for chance (Bergsma, J. Korean Stat. Soc. 42, 2013)."""
    rows = len(groups)
    _, r = np.unique(groups, return_inverse=True)
    _, c = np.unique(classes, return_inverse=True)
    height, width = int(r.max()) + 1, int(c.max()) + 1
    if rows < 3 or min(height, width) < 2:  # nothing to tell apart
        return 0.0
    r_counts, c_counts = np.bincount(r), np.bincount(c)
    pairs, seen = np.unique(r.astype(np.int64) * width + c, return_counts=True)
    # Of the cells that hold no row, the expected number is the contribution: chi2 = sum(seen^2 / expected) - rows.
    expected = r_counts[pairs // width] * c_counts[pairs % width] / rows
    phi2 = max(0.0, float((seen**2 / expected).sum() - rows) / rows - (height - 1) * (width - 1) / (rows - 1))
    least = min(height - (height - 1) ** 2 / (rows - 1), width - (width - 1) ** 2 / (rows - 1)) - 1.0
    return float(min(1.0, np.sqrt(phi2 / least))) if least > 0.0 else 0.0


def eta(groups: Index, values: Floats) -> float:
    """The correlation ratio of numbers over groups, corrected for chance (Kelley, PNAS 21, 1935)."""
    _, place, counts = np.unique(groups, return_inverse=True, return_counts=True)
    values = values / max(float(np.abs(values).max()), 1e-300)  # squares stay in range
    total = float(((values - values.mean()) ** 2).sum())
    if total <= 0.0 or len(counts) < 2 or len(values) <= len(counts):  # nothing to tell apart
        return 0.0
    means = np.bincount(place, values) / counts
    inside = float(((values - means[place]) ** 2).sum())
    ratio = 1.0 - inside / total * (len(values) - 1) / (len(values) - len(counts))
    return float(np.sqrt(max(0.0, ratio)))


def _groups(sample: Admitted, column: Column) -> Index:
    if column.kind.is_text:
        return sample.written.columns[column.name].codes
    values = np.asarray(sample.table[column.name], dtype=np.float64)
    there = ~np.isnan(values)
    edges = np.unique(np.quantile(values[there], np.linspace(0.0, 1.0, BINS + 1)[1:-1])) if there.any() else values[:0]
    found: Index = np.where(there, np.searchsorted(edges, values, side="left"), BINS + 1).astype(np.int64)
    return found
