from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from millrace.domain.schema import MISSING_TOKEN, Column, Kind, Schema
from millrace.domain.spec import Task
from millrace.learning import portfolio
from millrace.learning.linear import LinearTrainer
from millrace.learning.portfolio import TRAINERS
from millrace.learning.space import Settings

MANY = portfolio.FEW_CELLS + 1
TEXT, NUMBER = Column("t", Kind.TEXT, MISSING_TOKEN), Column("n", Kind.NUMBER)


@dataclass(frozen=True)
class Listed(LinearTrainer):
    """A trainer with so many configurations."""

    count: int = 0

    @property
    def portfolio(self) -> tuple[Settings, ...]:
        return tuple({"place": place} for place in range(self.count))


def schema(*columns: Column) -> Schema:
    return Schema(columns, "y", Task.BINARY, ("a", "b"))


def test_the_first_of_each_comes_before_the_second_of_any() -> None:
    trainers = [Listed("a", count=2), Listed("b", count=3), Listed("c", count=1)]
    order = [(trainer.name, settings["place"]) for trainer, settings in portfolio.ordered(trainers, MANY)]
    assert order == [("a", 0), ("b", 0), ("c", 0), ("a", 1), ("b", 1), ("b", 2)]


def test_names_are_different_and_the_first_are_quick_and_good() -> None:
    names = [trainer.name for trainer in TRAINERS]
    assert len(set(names)) == len(names)
    tabular = portfolio.reading(TRAINERS, schema(NUMBER))
    for cells in (1, MANY):
        first = [trainer.name for trainer, _ in islice(portfolio.ordered(tabular, cells), 2)]
        assert first == ["lightgbm", "linear"]


def test_a_small_table_is_soon_given_to_networks() -> None:
    tabular = portfolio.reading(TRAINERS, schema(NUMBER))
    small, large = ([trainer.name for trainer, _ in portfolio.ordered(tabular, cells)] for cells in (1, MANY))
    assert small.index("neural") < large.index("neural")
    assert sorted(small) == sorted(large)


def test_a_table_is_given_to_those_who_can_read_it() -> None:
    plain, both, text = (
        portfolio.reading(TRAINERS, schema(*columns)) for columns in ([NUMBER], [NUMBER, TEXT], [TEXT])
    )
    assert plain
    assert not any(trainer.plan.reads_text for trainer in plain)
    assert set(both) == set(TRAINERS)
    assert text
    assert all(trainer.plan.reads_text for trainer in text)
