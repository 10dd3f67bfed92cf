"""One configuration of one algorithm, judged on rows that each of its models has not seen."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from millrace.data.table import Index
from millrace.domain import digest
from millrace.learning.checkpoint import Checkpoint
from millrace.learning.link import Link
from millrace.learning.space import Settings
from millrace.learning.trainer import Arrays, Budget, Core, FitFailedError, Floats, Lesson, Plan, Rows, Trainer

WHOLE = 96  # trials of searches side by side that are chosen from: four times as many as an ensemble considers
BEHIND = f"not among the best {WHOLE} of all jobs"

Pair = tuple[Index, Index]  # rows that a fold's model learns from, and rows it is judged on


@dataclass(frozen=True, slots=True, eq=False)
class Configuration:
    """What a trial tries."""

    trainer: Trainer
    settings: Settings
    link: Link
    plan: Plan

    @property
    def name(self) -> str:
        """How the leaderboard calls it, less its number."""
        crossed = ", crossed" if self.plan is Plan.CROSSED else ""
        return f"{self.trainer.name}{crossed}{', log' if self.link.is_log else ''}"

    def key(self, identity: str) -> str:
        """Names its checkpoint: nothing else may have it."""
        told = [
            identity,
            self.trainer.name,
            self.trainer.version,
            self.plan,
            dict(self.settings),
            self.link.is_log,
        ]
        return digest.of_value(told)


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """How many trials its search had made before it, and which of the jobs that search side by side it is of, from 1.

    A search that is alone has the `job` 0.
    """

    number: int
    job: int


FIRST = Turn(0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A configuration's outcome. `out_of_fold` [rows, classes or 1] is NaN where no model judged the row.

    `core` is what would serve: the mean of the folds' models, or one fitted on all rows. It is None where the trial was
    given up after `folds` models.
    """

    configuration: Configuration
    out_of_fold: Floats
    seconds: float
    folds: int
    core: Core | None
    dropped: str | None = None
    scores: tuple[float, ...] = ()  # one for each fold that allows the metric
    turn: Turn = FIRST

    @property
    def score(self) -> float:
        """Their mean, in the metric's own direction."""
        return float(np.mean(self.scores))

    @property
    def judged(self) -> Index:
        """The rows that a model judged which had not seen them."""
        return np.flatnonzero(~np.isnan(self.out_of_fold[:, 0]))


Judge = Callable[[Index, Floats], float | None]  # rows and answers to them -> the spec's metric, where it is defined
GiveUp = Callable[[Sequence[float]], str | None]  # scores of the folds so far -> why not to go on


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What every trial stands on: encoded rows by plan, the folds, and how a fold is judged.

    `is_ordered`: models of early folds know only old rows, so that one fitted on all of them serves.
    """

    rows: Callable[[Configuration], Rows]  # with answers as the configuration's link wants them
    pairs: Sequence[Pair]
    classes: int
    judge: Judge
    seed: int
    threads: int
    identity: str
    count: int  # rows
    greater_is_better: bool = False
    is_ordered: bool = False


def run(
    configuration: Configuration,
    ground: Ground,
    checkpoint: Checkpoint,
    budget: Budget,
    give_up: GiveUp,
    turn: Turn = FIRST,
) -> Trial | None:
    """Fit and judge a model for each fold, as many at a time as there are threads; or what a checkpoint kept of it.

    None where it was interrupted: half a trial is neither kept nor chosen from.
    """
    key = configuration.key(ground.identity)
    kept = checkpoint.load(key)
    if kept is not None and _fits(kept, ground):
        return _restored(configuration, kept)
    began = time.monotonic()
    try:
        trial = _fresh(configuration, ground, budget, give_up)
    except (FitFailedError, ValueError, ArithmeticError) as error:
        nothing = np.full((ground.count, 1), np.nan)
        why = f"its library gave up: {type(error).__name__}"
        trial = Trial(configuration, nothing, time.monotonic() - began, 0, None, why)
    if budget.interrupted():
        return None
    trial = replace(trial, turn=turn)
    checkpoint.save(key, _stored(trial))
    return trial


def found(checkpoint: Checkpoint, ground: Ground, trainers: Sequence[Trainer], links: Sequence[Link]) -> list[Trial]:
    """What searches side by side kept for these rows, in turns: the first of each, the second of each, and so on.

    What is damaged, or of other rows, another spec or another release, counts as absent. Of more than `WHOLE` whole
    ones, only the best by their scores stay so: the memory of many searches is not that of one.
    """
    trials: list[Trial] = []
    whole: list[Trial] = []
    for made in _found(checkpoint, ground, trainers, links):
        (trials if made.core is None else whole).append(made)
        if len(whole) > WHOLE:
            worst = max(whole, key=lambda each: _rank(each, ground))
            whole.remove(worst)
            trials.append(replace(worst, out_of_fold=worst.out_of_fold[:0].copy(), core=None, dropped=BEHIND))
    return sorted((*trials, *whole), key=lambda each: each.turn)


def _rank(made: Trial, ground: Ground) -> tuple[float, Turn]:
    """Less is better; of equals, the earlier."""
    if not made.scores:
        return float("inf"), made.turn
    return (-made.score if ground.greater_is_better else made.score), made.turn


def _found(
    checkpoint: Checkpoint, ground: Ground, trainers: Sequence[Trainer], links: Sequence[Link]
) -> Iterator[Trial]:
    by_name, by_form = {each.name: each for each in trainers}, {each.is_log: each for each in links}
    for key, kept in checkpoint.all():
        try:
            told = json.loads(str(kept["told"]))
            trainer, link = by_name[told["trainer"]], by_form[told["is_log"]]
            configuration = Configuration(trainer, told["settings"], link, Plan(told["plan"]))
            if told["job"] and configuration.key(ground.identity) == key and _fits(kept, ground):
                yield _restored(configuration, kept)
        except (KeyError, ValueError, TypeError):
            continue


def _fresh(configuration: Configuration, ground: Ground, budget: Budget, give_up: GiveUp) -> Trial:
    began = time.monotonic()
    rows, link = ground.rows(configuration), configuration.link
    width = max(2, ground.classes) if link.task.is_classification else 1
    total = np.zeros((len(rows.answers), width))
    times = np.zeros((len(rows.answers), 1))
    scores: list[float] = []
    cores: list[Core] = []
    dropped = None
    lesson = Lesson(link.task, ground.classes, rows, seed=ground.seed)
    every = waves(len(ground.pairs), ground.threads)
    for turn, wave in enumerate(every):
        until = _part_of(budget.until, len(every) - turn + (0 if _is_bagged(configuration, ground) else 1))
        share = replace(budget, threads=max(1, ground.threads // len(wave)), until=until)
        found = _fit_all([_of_fold(lesson, ground, fold, share) for fold in wave], configuration)
        for fold, core in zip(wave, found, strict=True):
            outside = ground.pairs[fold][1]
            values = link.apply(core.score(rows.matrix[outside]))
            total[outside] += values
            times[outside] += 1
            score = ground.judge(outside, values)
            cores.append(core)
            if score is not None:
                scores.append(score)
            # After each fold, though others were fitted beside it: the number of threads must not decide.
            dropped = give_up(scores) if len(cores) < len(ground.pairs) else None
            if dropped:
                break
        if budget.interrupted():
            dropped = "interrupted"
        if dropped:
            break
    serving = None if dropped else _serving(configuration, ground, lesson, cores, budget)
    answered = np.divide(total, times, out=np.full(total.shape, np.nan), where=times > 0)
    return Trial(configuration, answered, time.monotonic() - began, len(cores), serving, dropped, tuple(scores))


def _is_bagged(configuration: Configuration, ground: Ground) -> bool:
    """Whether the folds' models serve; else one more is fitted, which needs time too."""
    return configuration.trainer.bagged and not ground.is_ordered


def _serving(
    configuration: Configuration, ground: Ground, lesson: Lesson, cores: Sequence[Core], budget: Budget
) -> Core:
    if _is_bagged(configuration, ground):
        return cores[0].mean(cores[1:])
    counted = [core.rounds for core in cores if core.rounds is not None]
    rounds = round(float(np.mean(counted))) if counted else None
    # What serves has the rounds that were judged, though the time be up: its score is that of no shorter one.
    until = budget.until if rounds is None else None
    whole = replace(lesson, rounds=rounds, budget=replace(budget, threads=ground.threads, until=until))
    return configuration.trainer.fit(whole, configuration.settings)


def waves(folds: int, threads: int) -> list[range]:
    """Which of so many folds are fitted side by side, one after another."""
    return [range(start, min(folds, start + threads)) for start in range(0, folds, threads)]


def _part_of(until: float | None, waves: int) -> float | None:
    """When one of so many waves must end, so that each has the same time."""
    now = time.monotonic()
    return None if until is None else now + (until - now) / waves


def _of_fold(lesson: Lesson, ground: Ground, fold: int, budget: Budget) -> Lesson:
    inside, outside = ground.pairs[fold]
    return replace(
        lesson, rows=lesson.rows.take(inside), judge=lesson.rows.take(outside), seed=ground.seed + fold, budget=budget
    )


def _fit_all(lessons: Sequence[Lesson], configuration: Configuration) -> list[Core]:
    if len(lessons) == 1:
        return [configuration.trainer.fit(lessons[0], configuration.settings)]
    with ThreadPoolExecutor(len(lessons)) as pool:
        return list(pool.map(lambda lesson: configuration.trainer.fit(lesson, configuration.settings), lessons))


def _stored(trial: Trial) -> Arrays:
    made = trial.configuration
    told = {
        "trainer": made.trainer.name,
        "plan": made.plan,
        "settings": dict(made.settings),
        "is_log": made.link.is_log,
        "seconds": trial.seconds,
        "folds": trial.folds,
        "dropped": trial.dropped,
        "scores": list(trial.scores),
        "number": trial.turn.number,
        "job": trial.turn.job,
    }
    arrays = {"told": np.array(json.dumps(told)), "out_of_fold": trial.out_of_fold}
    core = {} if trial.core is None else {f"core.{name}": value for name, value in trial.core.dump().items()}
    return {**arrays, **core}


def _fits(kept: Arrays, ground: Ground) -> bool:
    """Whether it is of as many rows."""
    return len(kept["out_of_fold"]) == ground.count


def _restored(configuration: Configuration, kept: Arrays) -> Trial:
    told = json.loads(str(kept["told"]))
    arrays = {name.removeprefix("core."): value for name, value in kept.items() if name.startswith("core.")}
    return Trial(
        configuration,
        kept["out_of_fold"],
        float(told["seconds"]),
        int(told["folds"]),
        configuration.trainer.load(arrays) if arrays else None,
        told["dropped"],
        tuple(told["scores"]),
        Turn(told["number"], told["job"]),
    )
