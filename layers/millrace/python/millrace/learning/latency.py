"""How long the exported graph takes for one raw row."""

from __future__ import annotations

import time

import numpy as np

from millrace.data.table import Table
from millrace.learning.parity import Graph

ROWS = 40
WARM = 5


def row_ms(graph: Graph, table: Table) -> float:
    """The median of single rows of `table` in milliseconds, on the graph's threads; 0 where there are no rows."""
    rows = [table.take(np.array([place])) for place in range(min(ROWS, table.rows))]
    for row in rows[:WARM]:
        graph.answer(row)
    taken = []
    for row in rows:
        began = time.perf_counter()
        graph.answer(row)
        taken.append(time.perf_counter() - began)
    return float(np.median(taken)) * 1e3 if taken else 0.0
