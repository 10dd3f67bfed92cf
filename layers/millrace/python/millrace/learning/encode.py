"""From typed columns to a matrix of FP32 numbers, the same in the fitted pipeline and in the graph, by plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from millrace.data.table import Index, Table
from millrace.domain.schema import MISSING_TOKEN, Column, Kind, Schema
from millrace.learning import categories, crosses, numbers, scaled, text_matrix
from millrace.learning.categories import Lookup
from millrace.learning.crosses import Crosses
from millrace.learning.numbers import Numbers
from millrace.learning.onnx_graph import Graph
from millrace.learning.scaled import Scaled
from millrace.learning.text_matrix import TextMatrix
from millrace.learning.trainer import Answers, Encoded, Floats, Matrix, Plan

FEW = 50  # categories up to which an indicator for each says more than a mean of the target, which overfits
SHOWN = 100  # indicators of a column for linear and neural members, at most
MEANS = 10  # classes, at most, of which a category's means are taken
PART = 100_000  # rows that are encoded at a time


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """A fitted encoding: numbers first, then categories, then what numbers are crossed to."""

    plan: Plan
    numbers: Numbers | Scaled | None
    lookups: tuple[Lookup, ...]
    crosses: Crosses | None = None

    @property
    def step(self) -> str:
        """Its name and version."""
        return f"encode-{self.plan}/1"

    @property
    def width(self) -> int:
        """How many columns the matrix has."""
        return sum(block.width for block in self._blocks)

    def transform(self, table: Table) -> Matrix:
        """The matrix, FP32, shape [rows, width]."""
        matrix = np.empty((table.rows, self.width), dtype=np.float32)
        start = 0
        for part in table.parts(PART):
            blocks = [block.transform(part) for block in self._blocks]
            np.concatenate(blocks, axis=1, out=matrix[start : start + part.rows])
            start += part.rows
        return matrix

    def build(self, graph: Graph) -> str:
        """The same in a graph: an FP32 tensor of shape [rows, width]."""
        blocks = [self.numbers.build(graph)] if self.numbers else []
        if self.lookups:
            found = [lookup.build(graph) for lookup in self.lookups]
            joined = found[0] if len(found) == 1 else graph.add("Concat", *found, axis=2)
            blocks.append(graph.add("Squeeze", joined, graph.constant(np.array([1], dtype=np.int64))))
        if self.crosses:
            blocks.append(self.crosses.build(graph))
        return graph.concat(blocks)

    @property
    def _blocks(self) -> list[Numbers | Scaled | Lookup | Crosses]:
        return [block for block in (self.numbers, *self.lookups, self.crosses) if block is not None]


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """What encodings are fitted to: training rows, what each should answer, and the fold that leaves it out."""

    table: Table
    schema: Schema
    wanted: Floats  # [rows, outputs]: indicators of classes, or the answers themselves
    weights: Floats | None
    folds: Index
    matters: Floats | None = None  # of each number, for the plan that crosses them

    @classmethod
    def of(cls, table: Table, schema: Schema, answers: Answers, weights: Floats | None, folds: Index) -> Taught:
        """`answers` [rows]; of two classes the second's indicator, of very many none."""
        return cls(table, schema, _wanted(answers, len(schema.classes)), weights, folds)


def fit(taught: Taught, plan: Plan) -> tuple[Encoded, Matrix]:
    """The encoding, and the training rows' matrix, where a category's means leave out the row's own fold."""
    if not plan.reads_text:
        return _fit(taught, plan)
    text = text_matrix.fit(taught.table, taught.schema, plan)
    found = text.transform(taught.table)
    if all(column.kind is Kind.TEXT for column in taught.schema.features):
        return TextMatrix(plan, text, None), found
    others, matrix = _fit(taught, Plan.DENSE)
    return TextMatrix(plan, text, others), text_matrix.beside(found, sp.csr_matrix(matrix))


def _fit(taught: Taught, plan: Plan) -> tuple[Encoding, Matrix]:
    columns = taught.schema.features
    of_numbers = [column for column in columns if not column.kind.is_text]
    fitted: Numbers | Scaled | None = None
    if of_numbers:
        fitted = (
            numbers.fit(taught.table, of_numbers)
            if plan.is_for_trees
            else scaled.fit(taught.table, of_numbers, hinges=plan is Plan.BENT, ranks=plan is Plan.QUANTILES)
        )
    learnt = [_lookup(taught, column, plan) for column in columns if column.kind.is_text]
    crossed = None
    if plan is Plan.CROSSED and taught.matters is not None:
        crossed = crosses.fit(taught.table, of_numbers, taught.matters)
    encoding = Encoding(plan, fitted, tuple(each.lookup for each in learnt), crossed)
    matrix = encoding.transform(taught.table)
    start = fitted.width if fitted else 0
    for each in learnt:
        matrix[:, start : start + each.out_of_fold.shape[1]] = each.out_of_fold
        start += each.lookup.width
    return encoding, matrix


def width(table: Table, schema: Schema) -> int:
    """How many columns the widest plan needs at least, as far as these rows tell."""
    of_numbers = [column for column in schema.features if not column.kind.is_text]
    dense = scaled.fit(table, of_numbers, hinges=True).width if of_numbers else 0
    shown = (
        min(SHOWN, len(categories.vocabulary(table[column.name])))
        for column in schema.features
        if column.kind is Kind.CATEGORY
    )
    return dense + sum(shown)


@dataclass(frozen=True, slots=True, eq=False)
class _Learnt:
    lookup: Lookup
    out_of_fold: NDArray[np.float32]  # the lookup's first columns for the training rows


def _lookup(taught: Taught, column: Column, plan: Plan) -> _Learnt:
    """Indicators, and where there are more than `FEW` categories their means of the target and frequencies too.

    Of free text only whether it is missing.
    """
    name = column.name
    if column.kind is Kind.TEXT:
        absent = np.array([[1.0], [0.0]], dtype=np.float32)
        nothing = np.empty((taught.table.rows, 0), dtype=np.float32)
        return _Learnt(Lookup(name, (column.missing or MISSING_TOKEN,), absent), nothing)
    values = categories.vocabulary(taught.table[name])
    places = categories.codes(values, taught.table[name])
    count = len(values)
    blocks: list[NDArray[np.float32]] = []
    apart = np.empty((len(places), 0), dtype=np.float32)
    if count > FEW:
        blocks.append(categories.means(places, count, taught.wanted, taught.weights))
        apart = categories.out_of_fold_means(places, count, taught.wanted, taught.weights, taught.folds)
    if not plan.is_for_trees:
        blocks.append(categories.indicators(count, SHOWN))
    else:
        blocks.append(categories.indicators(count, FEW))
        if count > FEW:
            blocks.append(categories.frequencies(places, count))
    return _Learnt(Lookup(name, values, np.concatenate(blocks, axis=1)), apart)


def _wanted(answers: Answers, classes: int) -> Floats:
    if not classes:
        return np.asarray(answers, dtype=np.float64).reshape(-1, 1)
    if classes > MEANS:
        return np.empty((len(answers), 0))
    shown = range(1, 2) if classes == 2 else range(classes)
    return np.stack([answers == k for k in shown], axis=1).astype(np.float64)
