"""Whether a file is plainly a stream in order of time: then the newest rows, not any, say what a model is worth."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from millrace.data.table import Floats, WrittenTable
from millrace.domain.schema import Column, Kind

LEAST_ROWS = 100  # fewer may be sorted by chance, or by hand
DISTINCT = 0.95  # share of different times: a column of days that repeat, such as birthdays, tells no order of events


def find(written: WrittenTable, columns: Iterable[Column]) -> str | None:
    """The first column of dates that has one in every row, sorted up or down in the file's order, hardly one twice.

    Numbers are not looked at: a counter and a time look alike. Be sure rather than quick: what is found here changes
    which rows are held out.
    """
    if written.rows < LEAST_ROWS:
        return None
    for column in columns:
        if column.kind is Kind.DATE:
            times = np.asarray(written.columns[column.name].spell(column), dtype=np.float64)
            if _is_stream(times):
                return column.name
    return None


def _is_stream(times: Floats) -> bool:
    steps = np.diff(times)  # NaN beside a row without a time, so that no comparison holds
    sorted_ = bool((steps >= 0.0).all() or (steps <= 0.0).all())
    return sorted_ and int(np.count_nonzero(steps)) + 1 >= DISTINCT * len(times)
