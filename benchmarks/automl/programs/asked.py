"""The protocol of all systems: what a program is asked, and what it leaves in the folder it is given.

`python -m PROGRAM --train train.csv --test test.csv --target y --task binary --metric auc --seconds 60 --threads 2
--seed 0 --out FOLDER` leaves two files. `answers.npy` has probabilities [rows, classes], classes in the order of their
text, or predictions [rows]; `figures.json` is a `Figures`.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import distributions
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BATCH = 10_000  # rows of one call
CALLS, WARM_UP = 100, 5  # of a row
LONGEST = 20.0  # seconds that calls of a row may take together

Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be learned."""

    train: Path
    test: Path
    target: str
    task: str  # binary, multiclass, regression
    metric: str  # auc, log_loss, accuracy, rmse
    seconds: float
    threads: int
    seed: int
    out: Path

    @property
    def is_classification(self) -> bool:
        """Whether the target has classes."""
        return self.task != "regression"

    @classmethod
    def of(cls, arguments: Sequence[str] | None = None) -> Question:
        """From the command line."""
        parser = argparse.ArgumentParser()
        for name in ("train", "test", "out"):
            parser.add_argument(f"--{name}", type=Path, required=True)
        for name in ("target", "task", "metric"):
            parser.add_argument(f"--{name}", required=True)
        parser.add_argument("--seconds", type=float, required=True)
        for name in ("threads", "seed"):
            parser.add_argument(f"--{name}", type=int, required=True)
        return cls(**vars(parser.parse_args(arguments)))


@dataclass(frozen=True, slots=True)
class Figures:
    """What a system costs: learning, what must be kept to predict, and time of raw rows, preprocessing included."""

    fit_seconds: float
    memory_mb: float  # the most that the process held until it had learned; 0 where /proc doesn't tell
    artifact_bytes: int
    row_ms: float  # median of one row on one thread, calls apart
    batch_ms: float  # 10,000 rows in one call: the test's, over and over
    versions: dict[str, str]
    more: dict[str, float] = field(default_factory=dict)  # what only one system knows


def tell(question: Question, figures: Figures, answers: NDArray[np.float64]) -> None:
    """Leave both files."""
    np.save(question.out / "answers.npy", np.asarray(answers, dtype=np.float64))
    (question.out / "figures.json").write_text(json.dumps(asdict(figures)))


def row_ms(prepare: Callable[[int], Call], rows: int) -> float:
    """Median milliseconds of a call for one row."""
    for row in range(WARM_UP):
        prepare(row % rows)()
    taken: list[float] = []
    while len(taken) < CALLS and sum(taken) < LONGEST:
        call = prepare(len(taken) % rows)
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return 1e3 * statistics.median(taken)


def batch_ms(call: Call, repeat: int = 3) -> float:
    """The least milliseconds of some calls after one that doesn't count."""
    call()
    taken = []
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return 1e3 * min(taken)


def peak_mb() -> float:
    """The most memory that this process held, in 10^6 bytes."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8")) if status.is_file() else None
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def versions_of(packages: Sequence[str]) -> dict[str, str]:
    """Of those, the ones that are installed here."""
    found = {each.name.lower(): each.version for each in distributions()}
    return {package: found[package] for package in packages if package in found}
