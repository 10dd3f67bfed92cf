"""What the three libraries of boosted trees have in common as trainers."""

from __future__ import annotations

from typing import ClassVar

from millrace.domain.spec import Task
from millrace.learning import forest
from millrace.learning.forest import Trees
from millrace.learning.trainer import Arrays

MAX_TREES = 3_000
PATIENCE = 30  # rounds without gain on the judging rows


class Boosting:
    """Rounds that end when they are told to. `most_classes` says where a tree for each of them is still affordable."""

    __slots__ = ()

    step: ClassVar[str]
    most_classes: ClassVar[int]

    def suits(self, task: Task, classes: int, rows: int, width: int) -> bool:  # noqa: ARG002  # the contract's
        """Everywhere but where a tree for each class and round would take too long."""
        return classes <= self.most_classes

    def seconds(self, rows: int, width: int, classes: int) -> float:  # noqa: ARG002  # the contract's
        """Nothing: it ends when it is told to."""
        return 0.0

    def load(self, arrays: Arrays) -> Trees:
        """From a checkpoint."""
        return forest.load(arrays, self.step)
