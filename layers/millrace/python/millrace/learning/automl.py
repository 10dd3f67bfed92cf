"""From typed rows to the best ensemble that the time, the size and the latency asked for allow."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from millrace.data.table import Index, Table
from millrace.domain.errors import Rejected
from millrace.domain.job import Part
from millrace.domain.schema import Schema
from millrace.domain.spec import Metric, Spec, Task
from millrace.evaluation import calibration, threshold
from millrace.evaluation.calibration import AsIs, Calibration
from millrace.evaluation.threshold import Aim
from millrace.learning import distil, ensemble, objective, portfolio, trial
from millrace.learning.blend import Blend, Member
from millrace.learning.checkpoint import Checkpoint
from millrace.learning.ensemble import Choice, Limits
from millrace.learning.portfolio import TRAINERS
from millrace.learning.school import School
from millrace.learning.search import Allowance, Progress, Search
from millrace.learning.trainer import Answers, Core, Floats, Interrupted, Trainer, never
from millrace.learning.trial import Trial

RESERVE = 0.05  # of the time, for the choice and the export
RESERVE_SECONDS = 1.0
SELECTING = 50_000  # rows that tell members apart as well as more do, and a metric of ranks is dear
TEACHING = 0.05  # of the time, beyond it, for a student where the limits are tight


@dataclass(frozen=True, slots=True)
class Wish:
    """How to search, and what for.

    With `trials`, the search ends after so many, else after `seconds`. An artifact may have `megabytes` (10^6 bytes)
    and take `milliseconds` for a row on one thread. `identity` names rows and spec: a checkpoint fits no others.
    """

    metric: Metric
    seconds: float = 60.0
    trials: int | None = None
    folds: int | None = None
    seed: int = 0
    threads: int = 1
    megabytes: float = 20.0
    milliseconds: float = 1.0
    balance: bool = False
    aim: Aim | None = None
    identity: str = ""

    @classmethod
    def of(cls, spec: Spec, metric: Metric, *, threads: int = 1, trials: int | None = None, identity: str = "") -> Wish:
        """What a spec asks for; `trials` is their number where it names none."""
        return cls(
            metric=metric,
            seconds=spec.budget_seconds,
            trials=trials if spec.trials is None else spec.trials,
            folds=spec.folds,
            seed=spec.seed,
            threads=threads,
            megabytes=spec.max_model_mb,
            milliseconds=spec.max_row_ms,
            balance=spec.balance,
            aim=threshold.aim_of(spec, metric),
            identity=identity,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """Typed rows to learn from; `answers`, `weights`, `groups` and `times` are of shape [rows]."""

    table: Table
    answers: Answers
    schema: Schema
    weights: Floats | None = None
    groups: Index | None = None
    times: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """The map of the ensemble's probabilities, and log losses by the name of each map that was tried."""

    calibration: Calibration
    losses: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """The ensemble, and every trial with its weight by place.

    `answers` to the `judged` rows are by members that had not seen them, calibrated as the graph's are.
    """

    school: School
    wish: Wish
    trials: tuple[Trial, ...]
    fitted: Blend
    weights: Mapping[int, float]
    judged: Index
    answers: Floats
    calibrated: Calibrated | None
    seconds: float

    def again(self, limits: Limits, without: frozenset[int] = frozenset()) -> Learnt:
        """Another choice of the same trials, within other limits, `without` some by their place."""
        return _chosen(self.school, self.wish, self.trials, limits, without, self.seconds)

    @property
    def limits(self) -> Limits:
        """Those that the wish sets."""
        return limits_of(self.wish)


def learn(
    lessons: Lessons,
    wish: Wish,
    *,
    trainers: Sequence[Trainer] = TRAINERS,
    checkpoint: Checkpoint | None = None,
    progress: Progress | None = None,
    interrupted: Interrupted = never,
) -> Learnt:
    """Search and choose. The same rows, wish and number of trials give the same ensemble.

    Once `interrupted`, the search ends and the ensemble is of the trials so far. Raises KeyboardInterrupt where none of
    them is whole, Rejected(code="metric_undefined") where no fold allows the metric.
    """
    began = time.monotonic()
    search, school = _search(lessons, wish, trainers, checkpoint, progress, interrupted=interrupted)
    with _steady():
        trials = tuple(search.run())
        if interrupted() and not any(made.core for made in trials):
            raise KeyboardInterrupt
        trials = _with_student(search, school, wish, trials)
        return _chosen(school, wish, trials, limits_of(wish), frozenset(), time.monotonic() - began)


def learn_part(
    lessons: Lessons,
    wish: Wish,
    part: Part,
    *,
    checkpoint: Checkpoint,
    trainers: Sequence[Trainer] = TRAINERS,
    progress: Progress | None = None,
) -> tuple[Trial, ...]:
    """Only search, a part's share, and keep what was found: for `gather`. `seconds` of the wish are each part's."""
    share = wish if wish.trials is None else replace(wish, trials=part.share(wish.trials))
    if share.trials == 0:
        return ()
    search, _ = _search(lessons, share, trainers, checkpoint, progress, part)
    with _steady():
        return tuple(search.run())


def gather(
    lessons: Lessons,
    wish: Wish,
    *,
    checkpoint: Checkpoint,
    trainers: Sequence[Trainer] = TRAINERS,
    progress: Progress | None = None,
    interrupted: Interrupted = never,
) -> Learnt:
    """Choose among what parts kept, as if one search had made it all; search where none of them left a whole trial.

    The same trials give the same ensemble, whichever part ended first. Raises as `learn` does.
    """
    began = time.monotonic()
    search, school = _search(lessons, wish, trainers, checkpoint, progress, interrupted=interrupted)
    trials = tuple(trial.found(checkpoint, search.ground, search.trainers, school.links))
    with _steady():
        if all(made.core is None for made in trials):
            trials = tuple(search.run())
        trials = _with_student(search, school, wish, trials)
        return _chosen(school, wish, trials, limits_of(wish), frozenset(), time.monotonic() - began)


@contextmanager
def _steady() -> Iterator[None]:
    """Folds are fitted side by side: last bits of linear algebra depend on its threads, filters are for all.

    A fit that stopped early is still a candidate: cross-validation says what it is worth.
    """
    with threadpool_limits(1, user_api="blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def _search(
    lessons: Lessons,
    wish: Wish,
    trainers: Sequence[Trainer],
    checkpoint: Checkpoint | None,
    progress: Progress | None,
    part: Part | None = None,
    interrupted: Interrupted = never,
) -> tuple[Search, School]:
    """A search that is ready to run, and what it learns from. Its time begins now."""
    began = time.monotonic()
    until = None if wish.trials is not None else began + wish.seconds * (1.0 - RESERVE) - RESERVE_SECONDS
    school = School.of(
        lessons.table,
        lessons.answers,
        lessons.schema,
        wish.metric,
        _weights(lessons, wish),
        folds=wish.folds,
        seed=wish.seed,
        groups=lessons.groups,
        times=lessons.times,
    )
    search = Search(
        portfolio.reading(trainers, lessons.schema),
        school.ground(wish.threads, wish.identity),
        school.links,
        school.loss,
        Allowance(wish.trials, until),
        checkpoint or Checkpoint(),
        progress,
        school.width,
        crosses=sum(not column.kind.is_text for column in lessons.schema.features) > 1,
        interrupted=interrupted,
        part=part,
    )
    return search, school


def _with_student(search: Search, school: School, wish: Wish, trials: tuple[Trial, ...]) -> tuple[Trial, ...]:
    """The trials, and a student where limits cost much."""
    whole = [made for made in trials if made.core is not None and made.scores]
    if not whole or search.interrupted():
        return trials
    seen = selecting(whole[0].judged)
    seconds = None if wish.trials is not None else wish.seconds * TEACHING
    loss = _loss(school, wish, seen)
    made = distil.student(school, search.ground, trials, loss, seen, limits_of(wish), seconds)
    return trials if made is None else (*trials, made)


def selecting(judged: Index) -> Index:
    """The judged rows by which members are selected: at most about `SELECTING`, evenly among all."""
    return judged[:: 1 + (len(judged) - 1) // SELECTING]


def _loss(school: School, wish: Wish, rows: Index) -> ensemble.Loss:
    """Of answers to these rows."""
    truth = school.answers[rows]
    return lambda values: objective.loss(wish.metric, school.schema.task, truth, values)


def limits_of(wish: Wish) -> Limits:
    """What members may take, by their own estimates."""
    return Limits(wish.megabytes * 1e6, wish.milliseconds * 1e3)


def _weights(lessons: Lessons, wish: Wish) -> Floats | None:
    """The rows' own weights, times what has every class weigh the same in all."""
    if not wish.balance or not lessons.schema.task.is_classification:
        return lessons.weights
    own = np.ones(lessons.table.rows) if lessons.weights is None else lessons.weights
    classes = np.asarray(lessons.answers, dtype=np.int64)
    total = np.bincount(classes, own, minlength=len(lessons.schema.classes))
    balanced = own / np.where(total > 0, total, 1.0)[classes]
    return np.asarray(balanced / balanced.mean(), dtype=np.float64)


def _chosen(
    school: School, wish: Wish, trials: tuple[Trial, ...], limits: Limits, without: frozenset[int], seconds: float
) -> Learnt:
    cores = {i: made.core for i, made in enumerate(trials) if made.core is not None and i not in without}
    if not any(trials[i].scores for i in cores):
        raise Rejected(
            f"{wish.metric} can't be computed on any fold of the training rows",
            code="metric_undefined",
            field="metric",
            hint="add rows of the rare classes, or choose log_loss or rmse",
        )
    judged = trials[next(iter(cores))].judged
    seen = selecting(judged)
    choices = [Choice(i, trials[i].out_of_fold[seen], core.size, core.cost) for i, core in cores.items()]
    found = ensemble.select(choices, _loss(school, wish, seen), limits)
    mixed = np.sum([weight * trials[i].out_of_fold[judged] for i, weight in found.items()], axis=0)
    calibrated = _calibrated(school, wish, mixed, judged)
    answers = mixed if calibrated is None else calibrated.calibration.apply(mixed)
    fitted = replace(
        _blend(school, trials, cores, found),
        calibration=AsIs() if calibrated is None else calibrated.calibration,
        threshold=_threshold(school, wish, answers, judged),
    )
    return Learnt(school, wish, trials, fitted, found, judged, answers, calibrated, seconds)


def _blend(school: School, trials: Sequence[Trial], cores: Mapping[int, Core], found: Mapping[int, float]) -> Blend:
    members = tuple(
        Member(name_of(trials, i), cores[i], made.plan, made.link, weight)
        for i, weight in sorted(found.items(), key=lambda entry: (-entry[1], entry[0]))
        for made in [trials[i].configuration]
    )
    encodings = {plan: school.encoding(plan) for plan in dict.fromkeys(member.plan for member in members)}
    deviation = school.links[0].scale if school.schema.task is Task.REGRESSION else 1.0
    return Blend(encodings, members, deviation)


def name_of(trials: Sequence[Trial], place: int) -> str:
    """How the leaderboard calls a trial: its algorithm, and how many of it there were."""
    name = trials[place].configuration.name
    return f"{name} {sum(made.configuration.name == name for made in trials[: place + 1])}"


def _calibrated(school: School, wish: Wish, values: Floats, judged: Index) -> Calibrated | None:
    if not school.schema.task.is_classification:
        return None
    weights = None if school.weights is None else school.weights[judged]
    truth = np.asarray(school.answers[judged], dtype=np.int64)
    if weights is not None and not weights.any():
        return None
    parts = school.judging[judged] if school.folds.ordered else None
    found = calibration.choose(values, truth, weights=weights, parts=parts, seed=wish.seed)
    return Calibrated(found.calibration, found.losses)


def _threshold(school: School, wish: Wish, values: Floats, judged: Index) -> float | None:
    """From which probability on the second class is the label; None where the likelier is."""
    if wish.aim is None or len(school.schema.classes) != 2:
        return None
    weights = None if school.weights is None else school.weights[judged]
    truth = np.asarray(school.answers[judged], dtype=np.int64)
    return threshold.choose(truth, values[:, 1], wish.aim, weights=weights, seed=wish.seed)
