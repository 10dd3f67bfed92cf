"""Which features the exported graph lives on: how much worse it answers when one of them says nothing any more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from millrace.data.table import Table, Values
from millrace.domain.diagnostics import Importance, Importances
from millrace.domain.schema import Schema
from millrace.domain.spec import DEFAULT_METRIC, Metric
from millrace.learning.parity import Graph
from millrace.learning.trainer import Answers

REPEATS = 5
MOST_ROWS = 2_000
FEWEST_ROWS = 200
CELLS = 4_000_000  # of rows that are answered at once: what a call costs beside is a lot where columns are many
ANSWERS = 200_000  # rows times features times repeats: seconds' work for a slow graph


def permutation(
    graph: Graph, table: Table, answers: Answers, schema: Schema, metric: Metric, *, seed: int, repeats: int = REPEATS
) -> Importances:
    """Shuffle each feature in turn on rows drawn from `table`, and measure again; `answers` [rows].

    Where those rows don't allow the metric, the task's usual one stands in. Breiman, "Random forests", 2001.
    """
    random = np.random.default_rng(seed)
    some = max(FEWEST_ROWS, min(MOST_ROWS, ANSWERS // (len(schema.features) * repeats)))
    rows = np.sort(random.choice(table.rows, min(some, table.rows), replace=False))
    drawn, truth = table.take(rows), answers[rows]

    whole = graph.answer(drawn).guess(schema).measure(schema.task, truth)
    used = metric if metric in whole else DEFAULT_METRIC[schema.task]
    sign = 1.0 if used.greater_is_better else -1.0

    names = [column.name for column in schema.features]
    together = max(1, CELLS // max(1, repeats * drawn.rows * len(names)))
    found = []
    for start in range(0, len(names), together):
        some_names = names[start : start + together]
        guess = graph.answer(_shuffled(drawn, some_names, repeats, random)).guess(schema)
        measured = [part.measure(schema.task, truth)[used] for part in guess.parts(drawn.rows)]
        for place, name in enumerate(some_names):
            losses = sign * (whole[used] - np.array(measured[place * repeats : (place + 1) * repeats]))
            found.append(Importance(name, float(losses.mean()), float(losses.std())))
    ordered = sorted(found, key=lambda each: -each.mean)
    return Importances(used, drawn.rows, repeats, tuple(ordered))


def _shuffled(drawn: Table, names: Sequence[str], repeats: int, random: np.random.Generator) -> Table:
    """The rows `repeats` times for each of the columns `names`, that column shuffled each time."""
    copies = len(names) * repeats
    columns: dict[str, Values] = dict(drawn.take(np.tile(np.arange(drawn.rows), copies)).columns)
    for copy, name in enumerate(name for name in names for _ in range(repeats)):
        columns[name][copy * drawn.rows : (copy + 1) * drawn.rows] = random.permutation(drawn[name])
    return Table(columns, copies * drawn.rows)
