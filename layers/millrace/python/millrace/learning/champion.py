"""The model that serves now, judged on the same held-out rows as its challenger."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from millrace.data.table import WrittenTable
from millrace.domain.errors import MillraceError
from millrace.domain.manifest import Manifest
from millrace.domain.report import ChampionScore
from millrace.domain.schema import Column, Schema
from millrace.domain.spelling import FALSE_WORDS, TRUE_WORDS
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
    """Metrics of the champion, its classes put in the challenger's order.

    Its inputs are of its own kinds, and their text is read as this file writes it: where the challenger's schema has
    the column as the same kind, by that one's decimal mark and date order.

    A class that it doesn't know has probability 0. If it can't answer these rows, `metrics` is None and `why` says so.
    """
    theirs = champion.manifest.schema
    misfit = _misfit(theirs, schema, written)
    if misfit:
        return Scored(ChampionScore(champion.version, None, misfit))
    try:
        answered = parity.run(champion.model, written.spell(_as_written(theirs, schema)), theirs, threads=threads)
    except MillraceError as error:
        return Scored(ChampionScore(champion.version, None, error.message))
    guess = _aligned(answered, theirs, schema) if schema.task.is_classification else Guess(answered.values)
    return Scored(ChampionScore(champion.version, guess.measure(schema.task, answers)), guess)


def _as_written(theirs: Schema, ours: Schema) -> list[Column]:
    known = {(column.name, column.kind): column for column in ours.features}
    return [
        replace(column, decimal=shown.decimal, date_order=shown.date_order)
        for column in theirs.features
        for shown in [known.get((column.name, column.kind), column)]
    ]


def _misfit(theirs: Schema, ours: Schema, written: WrittenTable) -> str | None:
    if theirs.task.is_classification != ours.task.is_classification:
        return f"it is a {theirs.task} model and this data asks for {ours.task}"
    if theirs.target != ours.target:
        return f"it predicts {theirs.target!r} and this data asks for {ours.target!r}"
    if theirs.task.is_classification and not set(_meanings(theirs).values()) & set(_meanings(ours).values()):
        return f"none of its classes, such as {theirs.classes[0]!r}, is one of this data's, such as {ours.classes[0]!r}"
    absent = [column.name for column in theirs.features if column.name not in written.columns]
    return f"the data has no column {absent[0]!r}, which it needs" if absent else None


def _aligned(answered: parity.Answered, theirs: Schema, ours: Schema) -> Guess:
    """Its probabilities in the order of our classes, and its labels as their indices, -1 for one that we don't have."""
    places = {meaning: position for position, meaning in enumerate(_meanings(ours).values())}
    probabilities = np.zeros((len(answered.values), len(ours.classes)))
    meant = _meanings(theirs)
    for column, meaning in enumerate(meant.values()):
        if meaning in places:
            probabilities[:, places[meaning]] = answered.values[:, column]
    labels = np.array([places.get(meant[label], -1) for label in answered.labels.tolist()], dtype=np.int64)
    return Guess(probabilities, labels)


def _meanings(schema: Schema) -> dict[str, str]:
    """What each class means, whatever it is called: "Yes" in one file is "true" in another. Else its name."""
    words = {name: name.lower() for name in schema.classes}
    truths = {name: "true" for name, word in words.items() if word in TRUE_WORDS}
    untruths = {name: "false" for name, word in words.items() if word in FALSE_WORDS}
    if len(truths) == len(untruths) == 1 and len(words) == 2:
        return {name: (truths | untruths)[name] for name in schema.classes}
    return {name: name for name in schema.classes}
