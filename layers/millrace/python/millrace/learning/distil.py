"""One small member that answers as an ensemble does, for where that is too large or too slow for what was asked.

Bucila, Caruana and Niculescu-Mizil, "Model compression", 2006. What serves learnt from the teacher's answers out of
fold. Its score is that of equally small members that learnt from the truth: each teacher's answer knows something of
every fold through the others, so that a score of its pupils would flatter them.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from millrace.data.table import Index
from millrace.domain.schema import Kind
from millrace.learning import ensemble, trial
from millrace.learning.checkpoint import Checkpoint
from millrace.learning.ensemble import Choice, Limits, Loss
from millrace.learning.lightgbm import LightGbmTrainer
from millrace.learning.school import School
from millrace.learning.trainer import Budget, Core, Floats, Lesson, Plan
from millrace.learning.trial import Configuration, Ground, Trial

NAME = "distilled"
WORSE = 2e-3  # of the loss, relative, that limits must cost before a student is taught
LEAVES = 15
TREE_BYTES = 27 * LEAVES  # in the file
TREE_COST = 0.07  # microseconds of a row
ENCODING_COST = 150.0  # and of what comes before the trees
FREE = 0.8  # of the limits that a student may take
MOST_TREES = 2_000


def student(
    school: School,
    ground: Ground,
    trials: Sequence[Trial],
    loss: Loss,
    seen: Index,
    limits: Limits,
    seconds: float | None,
) -> Trial | None:
    """A student of the best ensemble that no limit binds; None where limits cost little, or there is nobody to teach.

    `loss` is of answers to the rows `seen`. It ends after about so many `seconds`.
    """
    cores = {place: made.core for place, made in enumerate(trials) if made.core is not None}
    if not cores or all(column.kind is Kind.TEXT for column in school.schema.features):
        return None
    if _fits(cores, cores, limits):  # all of them: nothing can be beyond
        return None
    choices = [Choice(i, trials[i].out_of_fold[seen], core.size, core.cost) for i, core in cores.items()]
    free = ensemble.select(choices, loss, Limits(float("inf"), float("inf")))
    if _fits(free, cores, limits):
        return None
    bound = ensemble.select(choices, loss, limits)
    best, least = (loss(_mixed(trials, weights)[seen]) for weights in (free, bound))
    if _fits(bound, cores, limits) and least - best <= WORSE * abs(best):
        return None
    until = None if seconds is None else time.monotonic() + seconds
    budget = Budget(ground.threads, until)
    configuration = _configuration(school, limits)
    made = trial.run(configuration, ground, Checkpoint(), budget, _never)
    if made is None or made.core is None:
        return None
    return replace(made, core=_taught(school, ground, made, _mixed(trials, free)))


def _never(scores: Sequence[float]) -> None:  # as whoever gives a trial up
    """A student's trial is not given up."""


def _taught(school: School, ground: Ground, made: Trial, answered: Floats) -> Core | None:
    """The same configuration, fitted to what the teacher answered, where it did; of several classes as it is."""
    if len(school.schema.classes) > 2 or made.core is None:
        return made.core
    link = made.configuration.link
    told = np.where(np.isnan(answered[:, -1]), np.asarray(school.answers, dtype=np.float64), answered[:, -1])
    is_binary = school.schema.task.is_classification
    trainer = LightGbmTrainer(name=NAME, bagged=False, objective="cross_entropy" if is_binary else None)
    rows = school.encoded(made.configuration.plan, link)
    lesson = Lesson(
        link.task,
        len(school.schema.classes),
        replace(rows, answers=told if is_binary else link.wanted(told)),
        rounds=made.core.rounds,
        seed=ground.seed,
        budget=Budget(ground.threads),
    )
    return trainer.fit(lesson, made.configuration.settings)


def _fits(places: Collection[int], cores: Mapping[int, Core], limits: Limits) -> bool:
    size = sum(cores[place].size for place in places)
    return size <= limits.size and sum(cores[place].cost for place in places) <= limits.cost


def _mixed(trials: Sequence[Trial], weights: Mapping[int, float]) -> Floats:
    shares = [weight * trials[place].out_of_fold for place, weight in weights.items()]
    return np.asarray(np.sum(shares, axis=0), dtype=np.float64)


def _configuration(school: School, limits: Limits) -> Configuration:
    """Few leaves, and no more trees than the limits have room for."""
    outputs = max(1, len(school.schema.classes) if len(school.schema.classes) > 2 else 1)
    cost = max(limits.cost - ENCODING_COST, 0.1 * limits.cost)
    trees = min(MOST_TREES, FREE * limits.size / TREE_BYTES, FREE * cost / TREE_COST) / outputs
    trainer = LightGbmTrainer(name=NAME, bagged=False, most=max(1, int(trees)))
    settings = {**trainer.portfolio[0], "num_leaves": LEAVES}
    return Configuration(trainer, settings, school.links[0], Plan.TREES)
