"""The contract of an algorithm: fit a matrix, score it, become part of an ONNX graph. A new algorithm is one file."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from millrace.data.table import Index, Table
from millrace.domain.spec import Task
from millrace.learning.onnx_graph import Graph
from millrace.learning.space import Settings, Space

Floats = NDArray[np.float64]
Matrix = Any  # FP32 [rows, width]: an array, or a scipy.sparse CSR matrix where the plan has text
Answers = Floats | Index  # numbers for regression, class indices otherwise; shape [rows]
Arrays = Mapping[str, NDArray[Any]]
Interrupted = Callable[[], bool]  # whether somebody wants a search to end now, with what it has


def never() -> bool:
    """Nobody does."""
    return False


class Plan(StrEnum):
    """How typed columns become the matrix that an algorithm learns from."""

    TREES = "trees"  # numbers in their own unit with NaN, categories as indicators and means of the target
    CROSSED = "crossed"  # the same with sums, differences and ratios of the numbers that matter most
    DENSE = "dense"  # everything filled, flagged and scaled
    BENT = "bent"  # the same with hinges at quantiles
    QUANTILES = "quantiles"  # DENSE with where each number stands among the training rows'
    TEXT = "text"  # DENSE beside TF-IDF of words and of runs of characters; sparse
    CHARACTERS = "characters"  # the same with runs of characters only

    @property
    def is_for_trees(self) -> bool:
        """Whether numbers stay in their own unit."""
        return self in {Plan.TREES, Plan.CROSSED}

    @property
    def reads_text(self) -> bool:
        """Whether it is for tables with free text."""
        return self in {Plan.TEXT, Plan.CHARACTERS}


@dataclass(frozen=True, slots=True)
class Budget:
    """What a fit may use: threads, and the time of `time.monotonic` when it must end; None where only trials count.

    What is fitted while `interrupted` is thrown away, so that it need not be good, only over soon.
    """

    threads: int = 1
    until: float | None = None
    interrupted: Interrupted = never

    @property
    def is_over(self) -> bool:
        """Whether the time is up, or nobody waits any more."""
        return self.interrupted() or (self.until is not None and time.monotonic() >= self.until)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Encoded rows: FP32 `matrix` [rows, width], `answers` [rows], `weights` [rows] or None for all alike."""

    matrix: Matrix
    answers: Answers
    weights: Floats | None = None

    def take(self, rows: Index) -> Rows:
        """Some of them."""
        return Rows(self.matrix[rows], self.answers[rows], None if self.weights is None else self.weights[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What one fit learns from. Answers of a regression have mean 0 and deviation 1.

    `judge` are other rows, on which an algorithm may decide when to stop; None where it must not: then `rounds`, if the
    algorithm counts any, says how many to make.
    """

    task: Task
    classes: int
    rows: Rows
    judge: Rows | None = None
    rounds: int | None = None
    seed: int = 0
    budget: Budget = field(default_factory=Budget)

    @property
    def outputs(self) -> int:
        """How many scores a row gets: one, or one for each of more than two classes."""
        return self.classes if self.task.is_classification and self.classes > 2 else 1

    @property
    def kind(self) -> Task:
        """The task, two classes being binary whatever they were asked for as."""
        if not self.task.is_classification:
            return self.task
        return Task.MULTICLASS if self.outputs > 1 else Task.BINARY


class Encoded(Protocol):
    """A fitted way from typed columns to the matrix of a plan, the same in the fitted pipeline and in the graph."""

    @property
    def step(self) -> str:
        """Its name and version."""
        ...

    @property
    def width(self) -> int:
        """How many columns the matrix has."""
        ...

    def transform(self, table: Table) -> Matrix:
        """The matrix, FP32, shape [rows, width]."""
        ...

    def build(self, graph: Graph) -> str:
        """The same in a graph: an FP32 tensor of shape [rows, width]."""
        ...


class FitFailedError(Exception):
    """A library gave up on rows or settings; the search goes on without that trial."""


class Core(Protocol):
    """What an algorithm learnt: FP64 scores [rows, outputs], whose logistic function or softmax are probabilities.

    For regression they are in the answers' unit.
    """

    @property
    def step(self) -> str:
        """Its name and version."""
        ...

    @property
    def size(self) -> int:
        """About how many bytes of the artifact it takes."""
        ...

    @property
    def cost(self) -> float:
        """About how many microseconds a row takes it in ONNX Runtime."""
        ...

    @property
    def rounds(self) -> int | None:
        """How many rounds it was fitted for, where the algorithm counts them."""
        ...

    def score(self, matrix: Matrix) -> Floats:
        """Scores, shape [rows, outputs]."""
        ...

    def build(self, graph: Graph, matrix: str) -> str:
        """The same in a graph, from an FP32 tensor; an FP64 tensor."""
        ...

    def mean(self, others: Sequence[Self]) -> Self:
        """The core whose scores are the mean of its and of `others`'."""
        ...

    def dump(self) -> Arrays:
        """All of it as arrays, for a checkpoint."""
        ...


class Trainer(Protocol):
    """An algorithm. `version` changes whenever the same data would give another model."""

    @property
    def name(self) -> str:
        """How the leaderboard calls it."""
        ...

    @property
    def version(self) -> int:
        """Counts changes of the algorithm; a checkpoint of another version is not resumed."""
        ...

    @property
    def plan(self) -> Plan:
        """What it learns from."""
        ...

    @property
    def space(self) -> Space:
        """Its hyper-parameters and their ranges."""
        ...

    @property
    def portfolio(self) -> Sequence[Settings]:
        """Configurations that are good on most data, the best first."""
        ...

    @property
    def bagged(self) -> bool:
        """Whether the models of the folds are kept and averaged; else one is fitted on all rows."""
        ...

    def suits(self, task: Task, classes: int, rows: int, width: int) -> bool:
        """Whether it is worth its time there."""
        ...

    def seconds(self, rows: int, width: int, classes: int) -> float:
        """About how long a fit may take at least, on one thread, where it can't be ended early; else 0."""
        ...

    def fit(self, lesson: Lesson, settings: Settings) -> Core:
        """Learn; the same arguments give the same core, whatever the number of threads."""
        ...

    def load(self, arrays: Arrays) -> Core:
        """A core from what its `dump` gave."""
        ...


class Fitted(Protocol):
    """A fitted pipeline, from typed columns to answers."""

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of its steps with their versions, in order."""
        ...

    @property
    def unit(self) -> float:
        """What a difference of two predictions is measured in: 1 for probabilities, else the target's deviation."""
        ...

    @property
    def threshold(self) -> float | None:
        """From which probability on the second of two classes is the label; None where the likeliest is."""
        ...

    def predict(self, table: Table) -> Floats:
        """Probabilities of shape [rows, classes], or predictions of shape [rows, 1]."""
        ...

    def build(self, graph: Graph) -> str:
        """Add the whole pipeline; returns the FP64 tensor that holds what `predict` gives."""
        ...
