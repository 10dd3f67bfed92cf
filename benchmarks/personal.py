"""How well columns of personal data are told from others: precision and recall of each kind, on made-up columns."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.figures import Row
from benchmarks.people import NO_ADDRESS, VALUES_OF, columns
from millrace.data.identifiers import PATTERNS
from millrace.data.kinds import infer
from millrace.data.personal import look
from millrace.data.table import Written

SEED = 1
VALUES = 1000  # of each maker


@dataclass(frozen=True, slots=True)
class Score:
    """Columns told rightly, told wrongly, and overlooked."""

    right: int
    wrong: int
    overlooked: int

    @property
    def precision(self) -> float:
        """Of the columns told to be of this kind, the share that is."""
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        """Of the columns of this kind, the share that is told."""
        return self.right / max(self.right + self.overlooked, 1)


def scores(seed: int) -> Mapping[str, Score]:
    """Each kind's score."""
    told: Counter[tuple[str | None, str | None]] = Counter()
    for column in columns(seed):
        written = Written.of(column.values, np.arange(len(column.values), dtype=np.int64))
        found = look(column.name, infer(column.name, written).column.kind, written)
        told[column.truth, found.what if found else None] += 1
    kinds = sorted({truth for truth, _ in told if truth is not None})
    return {
        kind: Score(
            right=told[kind, kind],
            wrong=sum(count for (truth, said), count in told.items() if said == kind != truth),
            overlooked=sum(count for (truth, said), count in told.items() if truth == kind != said),
        )
        for kind in kinds
    }


def of_values(seed: int) -> Mapping[str, Score]:
    """Each pattern's score on single values, told from all others."""
    source = random.Random(seed)
    made = [(truth, make(source)) for truth, makers in VALUES_OF.items() for make in makers for _ in range(VALUES)]
    plain = [(truth, text) for truth, text in made if text != NO_ADDRESS]
    return {
        kind: Score(
            right=sum(truth == kind and tells(text) for truth, text in plain),
            wrong=sum(truth != kind and tells(text) for truth, text in plain),
            overlooked=sum(truth == kind and not tells(text) for truth, text in plain),
        )
        for kind, (tells, _) in PATTERNS.items()
    }


def run() -> list[Row]:
    """Precision and recall of each kind: of columns, and of single values by their pattern."""
    found = (("columns", scores(SEED)), ("values", of_values(SEED)))
    return [
        Row(f"{kind}, {what}", f"{each.precision:.3f} / {each.recall:.3f}", f"{each.right + each.overlooked} {what}")
        for what, all_of_it in found
        for kind, each in all_of_it.items()
    ]
