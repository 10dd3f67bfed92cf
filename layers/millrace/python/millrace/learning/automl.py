"""From typed rows to the best ensemble that the time, the size and the latency asked for allow."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from threadpoolctl import threadpool_limits

from millrace.data.table import Index, Table
from millrace.domain.errors import Rejected
from millrace.domain.schema import Schema
from millrace.domain.spec import Metric, Task
from millrace.learning import encode, ensemble, folds, objective
from millrace.learning.blend import Blend, Member
from millrace.learning.checkpoint import Checkpoint
from millrace.learning.encode import Encoding, Taught
from millrace.learning.ensemble import Choice, Limits
from millrace.learning.link import Link
from millrace.learning.portfolio import TRAINERS
from millrace.learning.search import Allowance, Progress, Search
from millrace.learning.trainer import Answers, Floats, Matrix, Plan, Rows, Trainer
from millrace.learning.trial import Configuration, Ground, Trial

RESERVE = 0.06  # of the time, for the choice and the export
RESERVE_SECONDS = 1.0
SKEWED = 1.0  # skewness of a target of positive numbers from which its logarithm is tried


@dataclass(frozen=True, slots=True)
class Wish:
    """How to search. `identity` names rows and spec, so that a checkpoint fits no others."""

    metric: Metric
    seconds: float | None = 60.0
    trials: int | None = None
    folds: int | None = None
    seed: int = 0
    threads: int = 1
    megabytes: float = 20.0
    milliseconds: float = 1.0
    identity: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """The ensemble, every trial with its weight, and the rows' own out-of-fold answers by the ensemble."""

    fitted: Blend
    trials: tuple[Trial, ...]
    weights: dict[int, float]  # by a trial's place
    out_of_fold: Floats
    judged: Index


def learn(
    table: Table,
    answers: Answers,
    schema: Schema,
    wish: Wish,
    *,
    weights: Floats | None = None,
    trainers: Sequence[Trainer] = TRAINERS,
    checkpoint: Checkpoint | None = None,
    progress: Progress | None = None,
) -> Learnt:
    """Search and choose. The same rows, wish and number of trials give the same ensemble.

    Raises Rejected(code="metric_undefined") where no fold allows the metric.
    """
    began = time.monotonic()
    school = School(table, answers, schema, wish, weights)
    until = None if wish.seconds is None else began + wish.seconds * (1.0 - RESERVE) - RESERVE_SECONDS
    search = Search(
        trainers,
        school.ground,
        school.links,
        school.loss,
        Allowance(wish.trials, until),
        checkpoint or Checkpoint(),
        progress,
        school.width,
    )
    with threadpool_limits(1, user_api="blas"):  # folds are fitted side by side, and last bits stay the same
        trials = search.run()
    return school.choose(trials)


@dataclass(slots=True, eq=False)
class School:
    """Training rows with all that trials share: folds, encodings by plan, forms of the target."""

    table: Table
    answers: Answers
    schema: Schema
    wish: Wish
    weights: Floats | None = None
    pairs: tuple[tuple[Index, Index], ...] = ()
    links: tuple[Link, ...] = ()
    numbers: Index = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    encodings: dict[Plan, Encoding] = field(default_factory=dict)
    _matrices: dict[Plan, Matrix] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wish = self.wish
        self.pairs, self.numbers = folds.pairs(self.answers, self.schema.task, wish.folds, wish.seed)
        self.links = _links(self.schema, self.answers, self.weights)

    @property
    def ground(self) -> Ground:
        """What every trial stands on."""
        return Ground(
            rows=self.rows,
            pairs=self.pairs,
            classes=len(self.schema.classes),
            judge=lambda rows, values: objective.score(self.wish.metric, self.answers[rows], values),
            seed=self.wish.seed,
            threads=self.wish.threads,
            identity=self.wish.identity,
            count=self.table.rows,
            greater_is_better=self.wish.metric.greater_is_better,
        )

    @property
    def width(self) -> int:
        """How many columns trees learn from."""
        return int(self._matrix(Plan.TREES).shape[1])

    def rows(self, configuration: Configuration) -> Rows:
        """Encoded rows for a configuration."""
        matrix = self._matrix(configuration.trainer.plan)
        return Rows(matrix, configuration.link.wanted(self.answers), self.weights)

    def loss(self, made: Trial) -> float:
        """Of a trial over all rows it judged."""
        return self._loss(made.out_of_fold, _judged(made.out_of_fold))

    def choose(self, trials: Sequence[Trial], without: frozenset[int] = frozenset()) -> Learnt:
        """The ensemble of those trials that are whole, `without` some, by place."""
        whole = [i for i, made in enumerate(trials) if made.core is not None and i not in without]
        if not whole or not any(trials[i].scores for i in whole):
            raise Rejected(
                f"{self.wish.metric} can't be computed on any fold of the training rows",
                code="metric_undefined",
                field="metric",
                hint="add rows of the rare classes, or choose log_loss or rmse",
            )
        judged = _judged(trials[whole[0]].out_of_fold)
        choices = []
        for i in whole:
            core = trials[i].core
            assert core is not None  # noqa: S101  # it is whole
            choices.append(Choice(i, trials[i].out_of_fold[judged], core.size, core.cost))
        limits = Limits(self.wish.megabytes * 0.95e6, self.wish.milliseconds * 1e3 * 0.5)
        truth = self.answers[judged]
        found = ensemble.select(
            choices, lambda values: objective.loss(self.wish.metric, self.schema.task, truth, values), limits
        )
        mixed = sum(weight * trials[i].out_of_fold for i, weight in found.items())
        return Learnt(self._blend(trials, found), tuple(trials), found, np.asarray(mixed), judged)

    def _blend(self, trials: Sequence[Trial], found: dict[int, float]) -> Blend:
        members = []
        for i, weight in sorted(found.items(), key=lambda entry: (-entry[1], entry[0])):
            core, configuration = trials[i].core, trials[i].configuration
            assert core is not None  # noqa: S101  # only whole trials are chosen
            members.append(Member(f"{configuration.name} {i + 1}", core, configuration.trainer.plan, configuration.link, weight))
        kept = {plan: encoding for plan, encoding in self.encodings.items() if any(m.plan is plan for m in members)}
        deviation = self.links[0].scale if self.schema.task is Task.REGRESSION else 1.0
        return Blend(kept, tuple(members), deviation)

    def _loss(self, values: Floats, judged: Index) -> float:
        return objective.loss(self.wish.metric, self.schema.task, self.answers[judged], values[judged])

    def _matrix(self, plan: Plan) -> Matrix:
        if plan not in self._matrices:
            taught = Taught.of(self.table, self.schema, self.links[0].wanted(self.answers), self.weights, self.numbers)
            self.encodings[plan], self._matrices[plan] = encode.fit(taught, plan)
        return self._matrices[plan]


def _links(schema: Schema, answers: Answers, weights: Floats | None) -> tuple[Link, ...]:
    if schema.task.is_classification:
        return (Link.to_classes(schema.task, len(schema.classes)),)
    numbers = np.asarray(answers, dtype=np.float64)
    usual = Link.to_unit_of(numbers, weights)
    if numbers.min() < 0.0 or _skewness(numbers) < SKEWED:
        return (usual,)
    return (usual, Link.to_unit_of(numbers, weights, is_log=True))


def _skewness(numbers: Floats) -> float:
    centred = numbers - numbers.mean()
    deviation = float(np.sqrt(np.mean(centred**2)))
    return float(np.mean((centred / deviation) ** 3)) if deviation > 0 else 0.0


def _judged(values: Floats) -> Index:
    return np.flatnonzero(~np.isnan(values[:, 0]))
