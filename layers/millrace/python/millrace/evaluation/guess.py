"""Answers to rows, whoever gives them: the model, the champion or a constant; one form for all that judges them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from millrace.domain.spec import Metric, Task
from millrace.evaluation import metrics
from millrace.evaluation.metrics import Floats, Index


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """`values` are probabilities [rows, classes] or predictions [rows, 1]; `labels` class indices, else the greatest.

    A label of -1 is a class that the truth doesn't have.
    """

    values: Floats
    labels: Index | None = None

    @property
    def chosen(self) -> Index:
        """The class of each row, shape [rows]."""
        return self.values.argmax(axis=1) if self.labels is None else self.labels

    def parts(self, rows: int) -> Iterator[Guess]:
        """The answers to so many rows at a time."""
        for start in range(0, len(self.values), rows):
            labels = None if self.labels is None else self.labels[start : start + rows]
            yield Guess(self.values[start : start + rows], labels)

    def measure(self, task: Task, truth: Floats | Index) -> dict[Metric, float]:
        """Every metric of the task that `truth` [rows] allows."""
        if task.is_classification:
            return metrics.classification(np.asarray(truth, dtype=np.int64), self.values, self.labels)
        return metrics.regression(np.asarray(truth, dtype=np.float64), self.values[:, 0])
