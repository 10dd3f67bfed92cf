"""From typed columns to one matrix of numbers, the same in the fitted pipeline and in the graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from millrace.data.table import Index, Table, Values
from millrace.domain.schema import MISSING_TOKEN, Column, Kind
from millrace.learning.dates import Arrays, parts
from millrace.learning.onnx_graph import ML_DOMAIN, Graph
from millrace.learning.trainer import Floats

MAX_CATEGORIES = 100
_UNSEEN = -1
_CONSTANT = 1e-12  # deviation, in units of the largest value, below which a column is one value


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
        matrix = np.zeros((table.rows, self.width))
        place = len(self.fill)
        for position, numbers in enumerate(_numbers(table, self.numbers, self.dates)):
            absent = np.isnan(numbers)
            matrix[:, position] = np.where(absent, self.fill[position], numbers)
            if self.centre is not None and self.scale is not None:
                matrix[:, position] = (matrix[:, position] - self.centre[position]) / self.scale[position]
            if position in self.flagged:
                matrix[:, place] = absent
                place += 1
        for vocabulary in self.vocabularies:
            rows, codes = _known(vocabulary, table[vocabulary.column])
            matrix[rows, place + codes] = 1.0
            place += len(vocabulary.values)
        return matrix

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
    seen = [_seen(values) for values in _numbers(table, numbers, dates)]
    medians = np.array([one.median for one in seen], dtype=np.float64)
    incomplete = np.array([one.incomplete for one in seen], dtype=np.bool_)
    vocabularies = tuple(_vocabulary(c, table[c.name], MAX_CATEGORIES) for c in columns if c.kind.is_text)
    if not scaled:
        fill = np.where(incomplete, np.nan, medians)
        return Encoding(numbers, dates, fill, (), None, None, vocabularies)
    centre, scale = (np.array([each[i] for each in (one.spread for one in seen)], dtype=np.float64) for i in (0, 1))
    flagged = tuple(int(i) for i in np.flatnonzero(incomplete))
    return Encoding(numbers, dates, medians, flagged, centre, scale, vocabularies)


def _numbers(table: Table, numbers: Sequence[str], dates: Sequence[str]) -> Iterator[Floats]:
    """The numbers, then the parts of the dates, column by column, each of shape [rows]."""
    for name in numbers:
        yield np.asarray(table[name], dtype=np.float64)
    for name in dates:
        yield from parts(Arrays(), np.asarray(table[name], dtype=np.float64))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What training rows say of one number."""

    median: float
    incomplete: bool
    spread: tuple[float, float]


def _seen(values: Floats) -> _Seen:
    absent = np.isnan(values)
    present = values[~absent]
    median = float(np.median(present)) if len(present) else 0.0
    return _Seen(median, bool(absent.any()), _spread(np.where(absent, median, values)))


def _spread(values: Floats) -> tuple[float, float]:
    """Centre and scale, computed in units of the largest value, so that nothing overflows."""
    largest = float(np.abs(values).max(initial=0.0)) or 1.0
    shares = values / largest
    deviation = float(shares.std()) if len(shares) else 0.0
    return float(shares.mean()) * largest if len(
        shares
    ) else 0.0, largest if deviation < _CONSTANT else deviation * largest


def _vocabulary(column: Column, values: Values, cap: int) -> Vocabulary:
    """Of free text only whether it is missing has a place here: `text_encoding` reads it."""
    if column.kind is Kind.TEXT:
        return Vocabulary(column.name, (column.missing or MISSING_TOKEN,))
    counts = Counter(values.tolist())
    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    repeated = tuple(value for value in ranked[:cap] if counts[value] > 1)
    return Vocabulary(column.name, repeated or tuple(ranked[:1]))  # never an empty matrix


def _known(vocabulary: Vocabulary, values: Values) -> tuple[Index, Index]:
    """The rows whose category has a place, and these places."""
    places = {value: place for place, value in enumerate(vocabulary.values)}
    codes = np.fromiter((places.get(value, _UNSEEN) for value in values), dtype=np.int64, count=len(values))
    rows = np.flatnonzero(codes != _UNSEEN)
    return rows, codes[rows]
