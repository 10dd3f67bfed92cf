"""What a training job says about its work; the gate reads only this, and people read it too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from millrace.domain.diagnostics import Diagnostics
from millrace.domain.spec import Metric, Task
from millrace.domain.uncertainty import Uncertainty
from millrace.domain.warning import Warned

Metrics = Mapping[Metric, float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One fitted pipeline of the leaderboard: the spec's metric, as mean and standard deviation over folds."""

    name: str
    score: float
    spread: float
    seconds: float
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Something decided from the data because the spec was silent: what, which way, and why."""

    what: str
    choice: str
    why: str


@dataclass(frozen=True, slots=True)
class Parity:
    """ONNX Runtime against the fitted pipeline over every held-out row.

    `max_difference` is the largest absolute difference of a probability, or of a prediction in units of the
    target's standard deviation; `flips` counts labels that differ.
    """

    rows: int
    max_difference: float
    flips: int
    tolerance: float


@dataclass(frozen=True, slots=True)
class ChampionScore:
    """The serving model on the same held-out rows; where its columns no longer fit, no `metrics`, and `why`."""

    version: int
    metrics: Metrics | None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the job, and how long it took by the clock on the wall."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a job. `held_out` are the chosen pipeline's metrics, `constant` the best constant answer's.

    Reports of older releases have no `uncertainty`, no `diagnostics` and no `phases`.
    `warned` are its warnings; reports of earlier releases hold them as sentences, in `warnings`.
    """

    task: Task
    target: str
    metric: Metric
    rows_train: int
    rows_held_out: int
    columns: int
    candidates: tuple[Candidate, ...]
    held_out: Metrics
    constant: Metrics
    parity: Parity
    decisions: tuple[Decision, ...] = ()
    warnings: tuple[str, ...] = ()
    warned: tuple[Warned, ...] = ()
    champion: ChampionScore | None = None
    uncertainty: Uncertainty | None = None
    diagnostics: Diagnostics | None = None
    phases: tuple[Phase, ...] = ()
    schema_version: int = 1
