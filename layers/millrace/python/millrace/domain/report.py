"""What a training job says about its work; the gate reads only this, and people read it too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from millrace.domain.diagnostics import Diagnostics
from millrace.domain.spec import Metric, Task
from millrace.domain.uncertainty import Interval, Intervals, Uncertainty
from millrace.domain.warning import Warned

Metrics = Mapping[Metric, float]
Setting = str | bool | int | float
FAR = 1e-5  # in probability: a label that flips closer to its threshold than this has flipped by rounding


@dataclass(frozen=True, slots=True)
class Candidate:
    """One fitted pipeline of the leaderboard: the spec's metric, as mean and standard deviation over folds.

    `family` is its algorithm's and `settings` are its hyper-parameters, by name. `weight` is its share in the ensemble,
    from 0 to 1; `dropped` says why it has none. Over `folds_done` folds it was measured, 0 where that isn't known.
    `job` is which of several that searched at once tried it, from 1.
    Reports of older releases have the first five fields only, and one candidate that was `chosen` to serve alone.
    """

    name: str
    score: float
    spread: float
    seconds: float
    chosen: bool = False
    family: str = ""
    settings: Mapping[str, Setting] = field(default_factory=dict)
    weight: float = 0.0
    folds_done: int = 0
    dropped: str | None = None
    job: int = 0

    @property
    def serves(self) -> bool:
        """Whether it is in the graph that answers."""
        return self.chosen or self.weight > 0


@dataclass(frozen=True, slots=True)
class Search:
    """What looking for candidates was given and took; of `asked_seconds` and `asked_trials`, what the spec names.

    So many `jobs` did it at once, each with those seconds, or with a share of those trials.
    """

    seconds: float
    trials: int
    asked_seconds: float | None = None
    asked_trials: int | None = None
    jobs: int = 1


@dataclass(frozen=True, slots=True)
class Calibrated:
    """How probabilities were corrected: by which `method`, or "none" where none did better.

    `before` and `after` are log losses of answers to rows that neither the members nor the correction was fitted on.
    """

    method: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which probability of it on the answer is `label`, the second of two classes, and `why` it isn't 0.5."""

    value: float
    label: str
    why: str


@dataclass(frozen=True, slots=True)
class LabelCosts:
    """What wrong labels cost, means over the held-out rows in the spec's unit: see `Spec.false_positive_cost`.

    `held_out` is the served graph's, `constant` that of `constant_label` for every row, and `champion` the serving
    model's. `saved_over_constant` and `saved_over_champion` are intervals of how much less the model's labels cost.
    """

    false_positive: float
    false_negative: float
    held_out: float
    constant: float
    constant_label: str
    champion: float | None = None
    saved_over_constant: Interval | None = None
    saved_over_champion: Interval | None = None


@dataclass(frozen=True, slots=True)
class Ensemble:
    """The weighted mean of the candidates that have a weight; its score is cross-validated as theirs are.

    `metrics` and their bootstrap `intervals` are of its answers to all training rows, each given by members that were
    not fitted on that row.
    """

    score: float
    spread: float
    calibrated: Calibrated | None = None
    threshold: Threshold | None = None
    metrics: Metrics = field(default_factory=dict)
    intervals: Intervals = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Artifact:
    """The graph that serves: its `size` in bytes, and how long it takes.

    `row_ms` is the median of single raw rows, in milliseconds, in ONNX Runtime with one thread; `limit_bytes` and
    `limit_ms` are what the spec allows, where it says.
    """

    size: int
    row_ms: float
    limit_bytes: int | None = None
    limit_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that the job had resident at its `peak`, and that it was `allowed`."""

    peak: int
    allowed: int


@dataclass(frozen=True, slots=True)
class Decision:
    """Something decided from the data because the spec was silent: what, which way, and why."""

    what: str
    choice: str
    why: str


@dataclass(frozen=True, slots=True)
class WorstRow:
    """The held-out row, counted from 0, whose answers differ most: a probability or prediction by each of the two.

    A value is None where it is not finite; `label` is the class whose probability it is.
    """

    row: int
    pipeline: float | None
    graph: float | None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Parity:
    """ONNX Runtime against the fitted pipeline over every held-out row.

    `max_difference` is the largest absolute difference of a probability, or of a prediction in units of the
    target's standard deviation; `flips` counts labels that differ, and `flips_far` those of them that no rounding
    explains: whose probabilities are further than `FAR` from where the label changes.
    """

    rows: int
    max_difference: float
    flips: int
    tolerance: float
    flips_far: int = 0
    worst_row: WorstRow | None = None

    @property
    def holds(self) -> bool:
        """Whether the graph may stand for the pipeline."""
        return self.rows > 0 and self.max_difference <= self.tolerance and self.flips_far == 0


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
    """The result of a job. `held_out` are the served graph's metrics, `constant` the best constant answer's.

    `label_costs` is there where the spec says that one wrong label costs another than the other.
    Reports of older releases have no `uncertainty`, `diagnostics` and `phases`; no `search`, `ensemble`, `artifact` and
    `memory`.
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
    search: Search | None = None
    ensemble: Ensemble | None = None
    artifact: Artifact | None = None
    memory: Memory | None = None
    label_costs: LabelCosts | None = None
    schema_version: int = 1

    def leaderboard(self, most: int) -> tuple[list[Candidate], list[Candidate]]:
        """The candidates, best first: those that serve with the best others, up to `most` in all; and the rest."""
        order = -1.0 if self.metric.greater_is_better else 1.0
        found = sorted(self.candidates, key=lambda each: order * each.score)
        others = [each for each in found if not each.serves]
        room = max(0, most - (len(found) - len(others)))
        rest = {id(each) for each in others[room:]}
        return [each for each in found if id(each) not in rest], others[room:]
