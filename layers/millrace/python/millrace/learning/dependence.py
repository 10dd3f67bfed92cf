"""How the exported graph's answers change with one feature, all others being as they are in rows it never saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import numpy as np

from millrace.data.table import Index, Table, Values
from millrace.domain.diagnostics import Dependence, Dependences, Importances
from millrace.domain.schema import Column, Kind, Schema
from millrace.evaluation.curves import rounded
from millrace.learning.parity import Graph
from millrace.learning.trainer import Floats

FEATURES = 9
POINTS = 12  # values of a number
VALUES = 8  # of a category
OFTEN = 2  # rows that hold a category's value, for it to be one of them
MOST_ROWS = 1_000
FEWEST_ROWS = 50
ANSWERS = 100_000  # features times values times rows: half of what importance may take
LETTERS = 80  # of a category's value, as the profile stores them
_ENDS = (0.02, 0.98)  # quantiles between which a number's values lie: beyond them hardly a row is known


def dependences(
    graph: Graph,
    table: Table,
    schema: Schema,
    importances: Importances,
    *,
    seed: int,
    withheld: Collection[str] = (),
    answers: int = ANSWERS,
) -> Dependences | None:
    """Partial dependence of the most important features on rows drawn from `table`; None where nothing can be drawn.

    At most about so many `answers` are asked for. Columns that are `withheld` are left out: their values are stored
    nowhere. Friedman, "Greedy function approximation", 2001; the quartiles are of the rows' own lines, each moved to
    the mean's level, as in Goldstein et al., "Peeking inside the black box", 2015: they show whether rows agree.
    """
    columns = {column.name: column for column in schema.features if column.name not in withheld}
    chosen = [columns[each.feature] for each in importances.features if each.feature in columns]
    grids = [(column, _grid(column, table[column.name])) for column in chosen]
    grids = [(column, grid) for column, grid in grids if len(grid) > 1][:FEATURES]
    if not grids:
        return None
    some = max(FEWEST_ROWS, min(MOST_ROWS, answers // sum(len(grid) for _, grid in grids)))
    random = np.random.default_rng(seed)
    drawn = table.take(np.sort(random.choice(table.rows, min(some, table.rows), replace=False)))
    found = tuple(_dependence(column, grid, _lines(graph, drawn, column, grid), schema) for column, grid in grids)
    return Dependences(drawn.rows, found)


def _grid(column: Column, values: Values) -> Values:
    """The values it is set to: quantiles of a number, each one that occurs; a category's commonest."""
    if column.kind.is_text:
        counts = Counter(values.tolist())  # no array of text, which would be as wide as its longest value
        often = sorted((text for text, rows in counts.items() if rows >= OFTEN), key=lambda text: (-counts[text], text))
        return np.array(often[:VALUES], dtype=object)
    numbers = np.asarray(values, dtype=np.float64)
    known = numbers[np.isfinite(numbers)]
    if not len(known):
        return known
    if column.kind is Kind.BOOLEAN:
        return np.unique(known)
    return np.unique(np.quantile(known, np.linspace(*_ENDS, POINTS), method="inverted_cdf"))


def _lines(graph: Graph, drawn: Table, column: Column, grid: Values) -> Floats:
    """Answers of shape [values, rows, classes or 1]: each row's, with the column set to each value."""
    places: Index = np.tile(np.arange(drawn.rows), len(grid))
    repeated = drawn.take(places)
    held: Values = np.repeat(grid, drawn.rows)  # type: ignore[assignment]  # numpy's stubs forget the type
    varied = Table({**repeated.columns, column.name: held}, repeated.rows)
    return graph.answer(varied).values.reshape(len(grid), drawn.rows, -1)


def _dependence(column: Column, grid: Values, lines: Floats, schema: Schema) -> Dependence:
    means = lines.mean(axis=1)
    moved = int(np.ptp(means, axis=0).argmax())
    if len(schema.classes) == 2:  # both move alike: the second is the one that is looked for
        moved = 1
    ours = lines[:, :, moved]
    centred = ours - ours.mean(axis=0) + ours.mean()
    low, high = np.quantile(np.clip(centred, 0, 1) if schema.classes else centred, [0.25, 0.75], axis=1)
    values = grid.tolist()
    texts = [None if text == column.missing else text[:LETTERS] for text in values] if column.kind.is_text else []
    return Dependence(
        feature=column.name,
        kind=column.kind,
        label=schema.classes[moved] if schema.classes else None,
        mean=rounded(means[:, moved]),
        low=rounded(low),
        high=rounded(high),
        numbers=() if column.kind.is_text else tuple(values),
        categories=tuple(texts),
    )
