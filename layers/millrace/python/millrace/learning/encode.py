"""From typed columns to one matrix of numbers, the same in the fitted pipeline and in the graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from millrace.data.table import Table, Values
from millrace.domain.schema import Column, Kind
from millrace.learning.dates import Arrays, parts
from millrace.learning.onnx_graph import ML_DOMAIN, Graph
from millrace.learning.trainer import Floats

MAX_CATEGORIES = 100
MAX_CELLS = 200_000_000  # of a matrix, 1.6 GB; beyond it rare categories give way
_UNSEEN = -1


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The categories of one column that have a place of their own, most frequent first; any other is all zeros."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """A fitted encoding of M numbers, F of them with a flag for missing, and categories, in that order.

    `fill` of shape [M] stands for a missing number; NaN leaves it to the learner. `scale` and `centre`, of shape [M],
    are None where numbers stay in their own unit.
    """

    numbers: tuple[str, ...]
    dates: tuple[str, ...]
    fill: Floats
    flagged: tuple[int, ...]
    centre: Floats | None
    scale: Floats | None
    vocabularies: tuple[Vocabulary, ...]

    @property
    def width(self) -> int:
        """How many columns the matrix has."""
        return len(self.fill) + len(self.flagged) + sum(len(v.values) for v in self.vocabularies)

    def transform(self, table: Table) -> Floats:
        """The matrix, FP64, shape [rows, width]."""
        numbers = _numbers(table, self.numbers, self.dates)
        absent = np.isnan(numbers)
        filled = np.where(absent, self.fill, numbers)
        if self.centre is not None and self.scale is not None:
            filled = (filled - self.centre) / self.scale
        flags = absent[:, list(self.flagged)].astype(np.float64)
        return np.hstack([filled, flags, *(_one_hot(v, table[v.column]) for v in self.vocabularies)])

    def build(self, graph: Graph) -> str:
        """The same in a graph: an FP64 tensor of shape [rows, width]."""
        blocks: list[str] = []
        if len(self.fill):
            blocks.extend(self._build_numbers(graph))
        if self.vocabularies:
            blocks.append(self._build_categories(graph))
        return graph.concat(blocks)

    def _build_numbers(self, graph: Graph) -> list[str]:
        columns = list(self.numbers)
        for name in self.dates:
            columns.extend(parts(graph, name))
        numbers = graph.concat(columns)
        absent = graph.add("IsNaN", numbers)
        filled = graph.add("Where", absent, graph.constant(self.fill.reshape(1, -1)), numbers)
        if self.centre is not None and self.scale is not None:
            centred = graph.minus(filled, graph.constant(self.centre.reshape(1, -1)))
            filled = graph.over(centred, graph.constant(self.scale.reshape(1, -1)))
        if not self.flagged:
            return [filled]
        chosen = graph.add("Gather", absent, graph.constant(np.array(self.flagged, dtype=np.int64)), axis=1)
        return [filled, graph.cast(chosen, TensorProto.DOUBLE)]

    def _build_categories(self, graph: Graph) -> str:
        """Each text becomes its place in the one-hot row, or -1; then every place asks whether it is meant."""
        codes: list[str] = []
        owners: list[int] = []
        for position, vocabulary in enumerate(self.vocabularies):
            places = range(len(owners), len(owners) + len(vocabulary.values))
            owners.extend([position] * len(vocabulary.values))
            code = graph.add(
                "LabelEncoder",
                vocabulary.column,
                domain=ML_DOMAIN,
                keys_strings=list(vocabulary.values),
                values_int64s=list(places),
                default_int64=_UNSEEN,
            )
            codes.append(code)
        owner = graph.constant(np.array(owners, dtype=np.int64))
        spread = graph.add("Gather", graph.concat(codes), owner, axis=1)
        places_row = graph.constant(np.arange(len(owners), dtype=np.int64).reshape(1, -1))
        return graph.cast(graph.add("Equal", spread, places_row), TensorProto.DOUBLE)


def fit(table: Table, columns: Sequence[Column], *, scaled: bool) -> Encoding:
    """Learn fills, scales and categories from training rows.

    `scaled` centres numbers, divides them by their deviation, fills what is missing with the median and flags it, as a
    linear model needs. Else numbers stay as they are, and NaN too where training rows had any: trees learn from it.
    """
    numbers = tuple(c.name for c in columns if c.kind in {Kind.NUMBER, Kind.BOOLEAN})
    dates = tuple(c.name for c in columns if c.kind is Kind.DATE)
    texts = [c.name for c in columns if c.kind.is_text]
    matrix = _numbers(table, numbers, dates)
    absent = np.isnan(matrix)
    incomplete = absent.any(axis=0)
    medians = np.array([_median(matrix[~absent[:, i], i]) for i in range(matrix.shape[1])], dtype=np.float64)
    cap = min(MAX_CATEGORIES, max(2, MAX_CELLS // max(1, table.rows * max(1, len(texts)))))
    vocabularies = tuple(_vocabulary(name, table[name], cap) for name in texts)
    if not scaled:
        fill = np.where(incomplete, np.nan, medians)
        return Encoding(numbers, dates, fill, (), None, None, vocabularies)
    centre, scale = _spread(np.where(absent, medians, matrix))
    flagged = tuple(int(i) for i in np.flatnonzero(incomplete))
    return Encoding(numbers, dates, medians, flagged, centre, scale, vocabularies)


def _numbers(table: Table, numbers: Sequence[str], dates: Sequence[str]) -> Floats:
    columns: list[Floats] = [np.asarray(table[name], dtype=np.float64) for name in numbers]
    for name in dates:
        columns.extend(parts(Arrays(), np.asarray(table[name], dtype=np.float64)))
    return np.column_stack(columns) if columns else np.empty((table.rows, 0))


def _median(values: Floats) -> float:
    return float(np.median(values)) if len(values) else 0.0


def _spread(matrix: Floats) -> tuple[Floats, Floats]:
    """Centre and scale per column; computed in units of its largest value, so that nothing overflows."""
    largest = np.abs(matrix).max(axis=0, initial=0.0)
    largest[largest == 0.0] = 1.0
    shares = matrix / largest
    deviation = shares.std(axis=0)
    constant = deviation < 1e-12
    return shares.mean(axis=0) * largest, np.where(constant, largest, deviation * largest)


def _vocabulary(column: str, values: Values, cap: int) -> Vocabulary:
    counts = Counter(values.tolist())
    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    repeated = tuple(value for value in ranked[:cap] if counts[value] > 1)
    return Vocabulary(column, repeated or tuple(ranked[:1]))  # never an empty matrix


def _one_hot(vocabulary: Vocabulary, values: Values) -> Floats:
    places = {value: place for place, value in enumerate(vocabulary.values)}
    codes = np.array([places.get(value, _UNSEEN) for value in values.tolist()], dtype=np.int64)
    return np.equal(codes[:, None], np.arange(len(places)), dtype=bool).astype(np.float64)
