"""The model that serves now, judged on the same held-out rows as its challenger."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from millrace.data.table import WrittenTable
from millrace.domain.errors import MillraceError
from millrace.domain.manifest import Manifest
from millrace.domain.report import ChampionScore
from millrace.domain.schema import Schema
from millrace.evaluation.guess import Guess
from millrace.learning import parity
from millrace.learning.trainer import Answers


@dataclass(frozen=True, slots=True)
class Champion:
    """The serving version: its number and its two files."""

    version: int
    model: bytes
    manifest: Manifest


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The champion's figures, and what it answered; no `guess` where it can't answer."""

    score: ChampionScore
    guess: Guess | None = None


def score(champion: Champion, written: WrittenTable, answers: Answers, schema: Schema, *, threads: int = 1) -> Scored:
    """Metrics of the champion, its inputs spelled by its own schema and its classes put in the challenger's order.

    A class that it doesn't know has probability 0. If it can't answer these rows, `metrics` is None and `why` says so.
    """
    theirs = champion.manifest.schema
    misfit = _misfit(theirs, schema, written)
    if misfit:
        return Scored(ChampionScore(champion.version, None, misfit))
    try:
        answered = parity.run(champion.model, written.spell(theirs.features), theirs, threads=threads)
    except MillraceError as error:
        return Scored(ChampionScore(champion.version, None, error.message))
    guess = _aligned(answered, theirs, schema) if schema.task.is_classification else Guess(answered.values)
    return Scored(ChampionScore(champion.version, guess.measure(schema.task, answers)), guess)


def _misfit(theirs: Schema, ours: Schema, written: WrittenTable) -> str | None:
    if theirs.task.is_classification != ours.task.is_classification:
        return f"it is a {theirs.task} model and this data asks for {ours.task}"
    if theirs.target != ours.target:
        return f"it predicts {theirs.target!r} and this data asks for {ours.target!r}"
    absent = [column.name for column in theirs.features if column.name not in written.columns]
    return f"the data has no column {absent[0]!r}, which it needs" if absent else None


def _aligned(answered: parity.Answered, theirs: Schema, ours: Schema) -> Guess:
    """Its probabilities in the order of our classes, and its labels as their indices, -1 for one that we don't have."""
    probabilities = np.zeros((len(answered.values), len(ours.classes)))
    for position, name in enumerate(ours.classes):
        if name in theirs.classes:
            probabilities[:, position] = answered.values[:, theirs.classes.index(name)]
    places = {name: position for position, name in enumerate(ours.classes)}
    labels = np.array([places.get(label, -1) for label in answered.labels.tolist()], dtype=np.int64)
    return Guess(probabilities, labels)
