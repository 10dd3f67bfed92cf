"""A fitted pipeline for tables: an encoding, a core that scores the matrix, and the link from scores to answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from millrace.data.table import Table
from millrace.domain.spec import Task
from millrace.learning.encode import Encoding
from millrace.learning.onnx_graph import Graph
from millrace.learning.trainer import Floats

PART = 100_000  # rows that are encoded at a time


class Core(Protocol):
    """What an algorithm learnt. Scores have one column, or one per class where there are more than two outputs."""

    @property
    def step(self) -> str:
        """Its name and version."""
        ...

    def score(self, matrix: Floats) -> Floats:
        """Scores, shape [rows, outputs]."""
        ...

    def build(self, graph: Graph, matrix: str) -> str:
        """The same in a graph; an FP64 tensor."""
        ...


@dataclass(frozen=True, slots=True)
class Link:
    """From scores to probabilities (the logistic function of one score, or softmax), or to the target's own unit."""

    task: Task
    outputs: int
    centre: float = 0.0
    scale: float = 1.0

    @classmethod
    def to_classes(cls, task: Task, classes: int) -> Link:
        """One score for two classes, else one for each."""
        return cls(task, 1 if classes == 2 else classes)

    @classmethod
    def to_unit_of(cls, answers: Floats) -> Link:
        """For regression: scores are in deviations from the mean of the training rows' answers."""
        deviation = float(answers.std())
        return cls(Task.REGRESSION, 1, float(answers.mean()), deviation if deviation > 0 else 1.0)

    def apply(self, scores: Floats) -> Floats:
        """Probabilities [rows, classes] or predictions [rows, 1]."""
        if not self.task.is_classification:
            return scores * self.scale + self.centre
        if self.outputs == 1:
            positive = np.exp(-np.logaddexp(0.0, -scores))
            return np.hstack([1.0 - positive, positive])
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)

    def build(self, graph: Graph, scores: str) -> str:
        """The same in a graph."""
        if not self.task.is_classification:
            return graph.plus(graph.times(scores, graph.number(self.scale)), graph.number(self.centre))
        if self.outputs == 1:
            positive = graph.add("Sigmoid", scores)
            return graph.concat([graph.minus(graph.number(1.0), positive), positive])
        return graph.add("Softmax", scores, axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Pipeline:
    """A `Fitted` of three parts."""

    encoding: Encoding
    core: Core
    link: Link

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of its steps with their versions, in order."""
        return ("spelling/2", "encode/1", self.core.step, "link/1")

    @property
    def unit(self) -> float:
        """1 for probabilities, else the target's deviation."""
        return 1.0 if self.link.task.is_classification else self.link.scale

    def predict(self, table: Table) -> Floats:
        """Probabilities of shape [rows, classes], or predictions of shape [rows, 1]."""
        parts = [self.link.apply(self.core.score(self.encoding.transform(part))) for part in table.parts(PART)]
        return np.concatenate(parts)

    def build(self, graph: Graph) -> str:
        """Add the whole pipeline; returns the FP64 tensor that holds what `predict` gives."""
        return self.link.build(graph, self.core.build(graph, self.encoding.build(graph)))
