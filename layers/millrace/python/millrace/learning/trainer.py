"""The contract of an algorithm: fit typed rows, predict, become part of an ONNX graph. A new algorithm is one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from millrace.data.table import Index, Table
from millrace.domain.schema import Schema
from millrace.learning.onnx_graph import Graph

Floats = NDArray[np.float64]
Answers = Floats | Index  # numbers for regression, class indices otherwise; shape [rows]


@dataclass(frozen=True, slots=True)
class Budget:
    """What a fit may use."""

    threads: int = 1


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

    def predict(self, table: Table) -> Floats:
        """Probabilities of shape [rows, classes], or predictions of shape [rows, 1]."""
        ...

    def build(self, graph: Graph) -> str:
        """Add the whole pipeline; returns the FP64 tensor that holds what `predict` gives."""
        ...


class Trainer(Protocol):
    """An algorithm with its settings. `version` changes whenever the same data would give another model."""

    @property
    def name(self) -> str:
        """How the leaderboard calls it."""
        ...

    @property
    def version(self) -> int:
        """Counts changes of the algorithm; a checkpoint of another version is not resumed."""
        ...

    def fit(
        self,
        table: Table,
        answers: Answers,
        schema: Schema,
        *,
        weights: Floats | None = None,
        seed: int,
        budget: Budget,
    ) -> Fitted:
        """Fit on every row; the same arguments give the same pipeline. `weights` [rows]: None weighs all alike."""
        ...
