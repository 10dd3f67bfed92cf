"""Which features the exported graph lives on: how much worse it answers when one of them says nothing any more."""

from __future__ import annotations

import numpy as np

from millrace.data.table import Table
from millrace.domain.diagnostics import Importance, Importances
from millrace.domain.schema import Schema
from millrace.domain.spec import DEFAULT_METRIC, Metric
from millrace.learning.parity import Graph
from millrace.learning.trainer import Answers

REPEATS = 5
MOST_ROWS = 2_000
FEWEST_ROWS = 200
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

    def loss(name: str) -> float:
        shuffled = Table({**drawn.columns, name: random.permutation(drawn[name])}, drawn.rows)
        return sign * (whole[used] - graph.answer(shuffled).guess(schema).measure(schema.task, truth)[used])

    found = []
    for column in schema.features:
        losses = [loss(column.name) for _ in range(repeats)]
        found.append(Importance(column.name, float(np.mean(losses)), float(np.std(losses))))
    ordered = sorted(found, key=lambda each: -each.mean)
    return Importances(used, drawn.rows, repeats, tuple(ordered))
