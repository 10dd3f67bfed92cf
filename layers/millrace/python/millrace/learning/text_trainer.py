"""A `Trainer` for tables with free text: a linear model over TF-IDF, beside which the other columns stand encoded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from onnx import TensorProto

from millrace.data.table import Table
from millrace.domain.schema import Column, Kind, Schema
from millrace.domain.spec import Task
from millrace.learning import encode, text_encoding
from millrace.learning.encode import Encoding
from millrace.learning.onnx_graph import Graph
from millrace.learning.pipeline import Link
from millrace.learning.text_encoding import BOTH, TextEncoding, TextSettings
from millrace.learning.text_linear import USUAL, TextLinear, TextLinearSettings, fit_linear
from millrace.learning.trainer import Answers, Budget, Floats

PART = 20_000  # rows that are encoded at a time


@dataclass(frozen=True, slots=True, eq=False)
class TextPipeline:
    """A `Fitted`: text, other columns if there are any, the core over both, and the link from scores to answers."""

    text: TextEncoding
    others: Encoding | None
    core: TextLinear
    link: Link

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of its steps with their versions, in order."""
        others = () if self.others is None else ("encode/1",)
        return ("spelling/2", self.text.step, *others, self.core.step, "link/1")

    @property
    def unit(self) -> float:
        """1 for probabilities, else the target's deviation."""
        return 1.0 if self.link.task.is_classification else self.link.scale

    def predict(self, table: Table) -> Floats:
        """Probabilities of shape [rows, classes], or predictions of shape [rows, 1]."""
        scores = (self.core.score(matrix(self.text, self.others, part)) for part in table.parts(PART))
        return np.concatenate([self.link.apply(each) for each in scores])

    def build(self, graph: Graph) -> str:
        """The same in a graph."""
        blocks = [self.text.build(graph)]
        if self.others is not None:
            blocks.append(graph.cast(self.others.build(graph), TensorProto.FLOAT))
        scores = graph.cast(self.core.build(graph, graph.concat(blocks)), TensorProto.DOUBLE)
        return self.link.build(graph, scores)


@dataclass(frozen=True, slots=True)
class TextTrainer:
    """A `Trainer` of linear models over words, pairs of words and runs of characters."""

    encoding: TextSettings = BOTH
    settings: TextLinearSettings = USUAL
    name: str = "text-linear"
    version: int = 1

    def fit(
        self,
        table: Table,
        answers: Answers,
        schema: Schema,
        *,
        weights: Floats | None = None,
        seed: int,
        budget: Budget,  # noqa: ARG002  # the solver keeps to one thread, whose last bits are always the same
    ) -> TextPipeline:
        """Learn the vocabulary, encode, fit. The schema has a column of free text."""
        texts = [column for column in schema.features if column.kind is Kind.TEXT]
        rest: list[Column] = [column for column in schema.features if column.kind is not Kind.TEXT]
        text = text_encoding.fit(table, texts, self.encoding)
        others = encode.fit(table, rest, scaled=True) if rest else None
        features = matrix(text, others, table)
        classes = len(schema.classes)
        if schema.task is not Task.REGRESSION:
            core = fit_linear(features, answers, classes, self.settings, weights, seed=seed)
            return TextPipeline(text, others, core, Link.to_classes(schema.task, classes))
        numbers = np.asarray(answers, dtype=np.float64)
        link = Link.to_unit_of(numbers)
        core = fit_linear(features, (numbers - link.centre) / link.scale, 0, self.settings, weights, seed=seed)
        return TextPipeline(text, others, core, link)


def matrix(text: TextEncoding, others: Encoding | None, table: Table) -> sp.csr_matrix:
    """Both side by side, FP32, shape [rows, width]."""
    if others is None:
        return text.transform(table)
    dense = sp.csr_matrix(others.transform(table).astype(np.float32))
    return sp.csr_matrix(sp.hstack([text.transform(table), dense], format="csr"))
