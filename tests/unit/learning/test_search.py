from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from millrace.data.table import Table
from millrace.domain.errors import Rejected
from millrace.domain.schema import Schema
from millrace.domain.spec import Metric, Task
from millrace.learning.checkpoint import Checkpoint
from millrace.learning.onnx_graph import Graph
from millrace.learning.search import Question, search
from millrace.learning.trainer import Answers, Budget, Floats
from tests.rows import schema, typed


@dataclass(frozen=True)
class Says:
    """A `Fitted` that gives every class but the first this probability."""

    probability: float
    steps: tuple[str, ...] = ()
    unit: float = 1.0

    def predict(self, table: Table) -> Floats:
        return np.tile([1.0 - self.probability, self.probability], (table.rows, 1))

    def build(self, graph: Graph) -> str:
        raise AssertionError("not exported here")


@dataclass
class Saying:
    """A trainer that learns nothing and counts its fits."""

    name: str
    probability: float
    version: int = 1
    rows: list[int] = field(default_factory=list)

    def fit(
        self,
        table: Table,
        answers: Answers,
        schema: Schema,
        *,
        weights: Floats | None = None,
        seed: int,
        budget: Budget,
    ) -> Says:
        self.rows.append(table.rows)
        return Says(self.probability)


def ask(
    *trainers: Saying, metric: Metric = Metric.LOG_LOSS, identity: str = "x", into: Path | None = None
) -> list[str]:
    table, _ = typed(40, Task.BINARY)
    answers = np.array([1] * 30 + [0] * 10)
    question = Question(schema(Task.BINARY), metric, 4, 0, identity)
    ranked = search(trainers, table, answers, question, Budget(), Checkpoint(into))
    return [line.candidate.name for line in ranked]


def test_the_best_is_first_and_of_equals_the_one_listed_first() -> None:
    assert ask(Saying("worst", 0.1), Saying("b", 0.75), Saying("a", 0.75)) == ["b", "a", "worst"]


def test_the_metric_says_which_way() -> None:
    assert ask(Saying("no", 0.1), Saying("yes", 0.9), metric=Metric.ACCURACY) == ["yes", "no"]


def test_each_fold_is_left_out_once() -> None:
    trainer = Saying("a", 0.5)
    ask(trainer)
    assert trainer.rows == [30, 30, 30, 30]


def test_the_leaderboard_has_mean_and_spread() -> None:
    table, _ = typed(40, Task.BINARY)
    question = Question(schema(Task.BINARY), Metric.ACCURACY, 4, 0, "x")
    answers = np.array([1] * 30 + [0] * 10)
    (line,) = search([Saying("a", 0.9)], table, answers, question, Budget(), Checkpoint())
    assert line.candidate.score == pytest.approx(0.75)
    assert 0.0 <= line.candidate.spread < 0.1
    assert not line.candidate.chosen


def test_a_restart_does_not_score_again(tmp_path: Path) -> None:
    first, second = Saying("a", 0.9), Saying("b", 0.5)
    before = ask(first, second, into=tmp_path)
    again = Saying("a", 0.9)
    added = Saying("c", 0.1)
    assert ask(again, Saying("b", 0.5), added, into=tmp_path) == [*before, "c"]
    assert again.rows == []
    assert len(added.rows) == 4


@pytest.mark.parametrize(("version", "identity"), [(2, "x"), (1, "other rows or another spec")])
def test_a_checkpoint_of_something_else_is_not_resumed(tmp_path: Path, version: int, identity: str) -> None:
    ask(Saying("a", 0.9), into=tmp_path)
    again = Saying("a", 0.9, version=version)
    ask(again, identity=identity, into=tmp_path)
    assert len(again.rows) == 4


def test_a_metric_that_no_fold_allows_is_refused() -> None:
    table, _ = typed(12, Task.BINARY)
    answers = np.array([1] * 11 + [0])  # the only row of its class is always trained on
    question = Question(schema(Task.BINARY), Metric.AUC, 3, 0, "x")
    with pytest.raises(Rejected) as refused:
        search([Saying("a", 0.5)], table, answers, question, Budget(), Checkpoint())
    assert refused.value.code == "metric_undefined"
