"""Captured rows counted in their baseline's cells, all of a call's at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from millrace.domain.baseline import Baseline, ColumnBaseline
from millrace.domain.schema import MISSING_TOKEN
from millrace.domain.sketch import ColumnSketch, Sketch
from millrace.monitoring import cells
from millrace.monitoring.baseline import score


def sketch(
    baseline: Baseline,
    columns: Mapping[str, NDArray[Any]],
    unreadable: Mapping[str, int],
    predictions: NDArray[Any],
    probabilities: NDArray[Any] | None = None,
) -> Sketch:
    """Count rows of one version.

    `columns` are typed, of shape [rows] or [rows, 1]; one that is not captured is left out, and nothing is said of it.
    `unreadable` counts by column the rows whose value could not be spelled: in `columns` they are missing, or not there
    at all. `predictions` [rows] are labels or numbers, `probabilities` [rows, classes].
    """
    rows = len(predictions)

    def column(of: ColumnBaseline) -> ColumnSketch:
        values = columns.get(of.name)
        nothing = ColumnSketch((0,) * of.cells.size)
        return nothing if values is None else _count(of, values, rows, unreadable.get(of.name, 0))

    scores = None
    if baseline.scores is not None and probabilities is not None:
        scores = _count(baseline.scores, score(probabilities), rows)
    return Sketch(rows, tuple(map(column, baseline.columns)), _count(baseline.predictions, predictions, rows), scores)


def _count(of: ColumnBaseline, values: NDArray[Any], rows: int, unreadable: int = 0) -> ColumnSketch:
    if of.kind.is_text:
        counts = cells.place_texts(of.cells, cells.count_texts(cells.texts(values), MISSING_TOKEN))
        least = greatest = None
    else:
        present = cells.finite(values)
        counts = cells.place_numbers(of.cells, present)
        least, greatest = (None, None) if of.least is None else cells.bounds(of.kind, present)
    there = sum(counts)
    return ColumnSketch(counts, there, rows - there - unreadable, unreadable, least, greatest)
