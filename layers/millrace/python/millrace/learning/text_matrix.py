"""Free text beside a table's other columns, as one sparse matrix."""

from __future__ import annotations

from dataclasses import dataclass

import scipy.sparse as sp

from millrace.data.table import Table
from millrace.domain.schema import Kind, Schema
from millrace.learning import text_encoding
from millrace.learning.onnx_graph import Graph
from millrace.learning.text_encoding import BOTH, CHARACTERS, TextEncoding
from millrace.learning.trainer import Encoded, Plan

SETTINGS = {Plan.TEXT: BOTH, Plan.CHARACTERS: CHARACTERS}


@dataclass(frozen=True, slots=True, eq=False)
class TextMatrix:
    """TF-IDF first, then what `others` encodes, if there are other columns."""

    plan: Plan
    text: TextEncoding
    others: Encoded | None

    @property
    def step(self) -> str:
        """Their names and versions."""
        return self.text.step if self.others is None else f"{self.text.step} {self.others.step}"

    @property
    def width(self) -> int:
        """How many columns the matrix has."""
        return self.text.width + (self.others.width if self.others else 0)

    def transform(self, table: Table) -> sp.csr_matrix:
        """The matrix, sparse, FP32, shape [rows, width]."""
        found = self.text.transform(table)
        return found if self.others is None else beside(found, sp.csr_matrix(self.others.transform(table)))

    def build(self, graph: Graph) -> str:
        """The same in a graph: an FP32 tensor of shape [rows, width]."""
        blocks = [self.text.build(graph)]
        return graph.concat(blocks if self.others is None else [*blocks, self.others.build(graph)])


def fit(table: Table, schema: Schema, plan: Plan) -> TextEncoding:
    """The vocabulary of training rows; no answer is looked at."""
    texts = [column for column in schema.features if column.kind is Kind.TEXT]
    return text_encoding.fit(table, texts, SETTINGS[plan])


def beside(text: sp.csr_matrix, others: sp.csr_matrix) -> sp.csr_matrix:
    """Both side by side."""
    return sp.csr_matrix(sp.hstack([text, others], format="csr"))
