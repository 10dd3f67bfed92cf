"""From an algorithm's scores to probabilities, or to the target's own unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from millrace.domain.spec import Task
from millrace.learning.onnx_graph import Graph
from millrace.learning.trainer import Answers, Floats

_MOST = 700.0  # an exponent beyond which nothing finite is left


@dataclass(frozen=True, slots=True)
class Link:
    """The logistic function of one score, softmax, or score * scale + centre; `is_log`: that is ln(1 + target)."""

    task: Task
    outputs: int
    centre: float = 0.0
    scale: float = 1.0
    is_log: bool = False

    @classmethod
    def to_classes(cls, task: Task, classes: int) -> Link:
        """One score for two classes, else one for each."""
        return cls(task, 1 if classes == 2 else classes)

    @classmethod
    def to_unit_of(cls, answers: Floats, weights: Floats | None = None, *, is_log: bool = False) -> Link:
        """For regression: scores are in deviations from the mean of the training rows' answers, or of ln(1 + them)."""
        values = np.log1p(answers) if is_log else answers
        centre = float(np.average(values, weights=weights))
        deviation = float(np.sqrt(np.average((values - centre) ** 2, weights=weights)))
        return cls(Task.REGRESSION, 1, centre, deviation if deviation > 0 else 1.0, is_log)

    def wanted(self, answers: Answers) -> Answers:
        """What the scores are fitted to, shape [rows]: the inverse, for regression."""
        if self.task.is_classification:
            return answers
        values = np.log1p(answers) if self.is_log else np.asarray(answers, dtype=np.float64)
        return np.asarray((values - self.centre) / self.scale, dtype=np.float64)

    def apply(self, scores: Floats) -> Floats:
        """Probabilities [rows, classes] or predictions [rows, 1]."""
        if not self.task.is_classification:
            values = scores * self.scale + self.centre
            return np.exp(np.minimum(values, _MOST)) - 1.0 if self.is_log else values
        if self.outputs == 1:
            positive = np.exp(-np.logaddexp(0.0, -scores))
            return np.hstack([1.0 - positive, positive])
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)

    def build(self, graph: Graph, scores: str) -> str:
        """The same in a graph."""
        if not self.task.is_classification:
            values = graph.plus(graph.times(scores, graph.number(self.scale)), graph.number(self.centre))
            if not self.is_log:
                return values
            power = graph.add("Exp", graph.add("Min", values, graph.number(_MOST)))
            return graph.minus(power, graph.number(1.0))
        if self.outputs == 1:
            positive = graph.add("Sigmoid", scores)
            return graph.concat([graph.minus(graph.number(1.0), positive), positive])
        return graph.add("Softmax", scores, axis=1)
