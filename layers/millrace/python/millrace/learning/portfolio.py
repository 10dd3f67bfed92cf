"""Every algorithm, and the order in which their good configurations are tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from millrace.domain.schema import Kind, Schema
from millrace.learning.catboost import CatBoostTrainer
from millrace.learning.forests import ForestTrainer
from millrace.learning.lightgbm import LightGbmTrainer
from millrace.learning.linear import LinearTrainer
from millrace.learning.neural import NeuralTrainer
from millrace.learning.space import Settings
from millrace.learning.text_trainer import TextTrainer
from millrace.learning.trainer import Plan, Trainer
from millrace.learning.xgboost import XgBoostTrainer

TRAINERS: tuple[Trainer, ...] = (
    TextTrainer(),
    TextTrainer("text-linear-characters", plan=Plan.CHARACTERS),
    LightGbmTrainer(),
    LinearTrainer("linear", plan=Plan.BENT),
    CatBoostTrainer(),
    XgBoostTrainer(),
    ForestTrainer(),
    NeuralTrainer(),
)


FEW_CELLS = 200_000
EARLY = {
    name: place for place, name in enumerate(("text-linear", "text-linear-characters", "lightgbm", "linear", "neural"))
}


def reading(trainers: Sequence[Trainer], schema: Schema) -> list[Trainer]:
    """Those that have something to read in such a table: free text, or other columns."""
    others = any(column.kind is not Kind.TEXT for column in schema.features)
    return [each for each in trainers if (schema.has_text if each.plan.reads_text else others)]


def ordered(trainers: Sequence[Trainer], cells: int) -> Iterator[tuple[Trainer, Settings]]:
    """The first configuration of each, then the second of each, and so on; `cells` are those of the encoded rows.

    Where they are few, an epoch of a network is quick, and what it sees is most unlike what trees do.
    """
    if cells <= FEW_CELLS:
        trainers = sorted(trainers, key=lambda each: EARLY.get(each.name, len(EARLY)))
    for turn in zip_longest(*([(trainer, each) for each in trainer.portfolio] for trainer in trainers)):
        yield from (entry for entry in turn if entry is not None)
