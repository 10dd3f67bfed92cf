"""How well columns of personal data are told from others: precision and recall of each kind, on made-up columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.figures import Row
from benchmarks.people import columns
from millrace.data.kinds import infer
from millrace.data.personal import look
from millrace.data.table import Written

SEED = 1


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


def run() -> list[Row]:
    """Precision and recall of each kind."""
    return [
        Row(
            kind,
            f"{each.precision:.3f} / {each.recall:.3f}",
            f"precision / recall, {each.right + each.overlooked} columns",
        )
        for kind, each in scores(SEED).items()
    ]
