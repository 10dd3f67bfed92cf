from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.inspection import permutation_importance

from millrace.data.table import Table
from millrace.domain.spec import Metric, Task
from millrace.evaluation.guess import Guess
from millrace.learning import importance
from millrace.learning.export import export
from millrace.learning.importance import permutation
from millrace.learning.linear import LinearTrainer
from millrace.learning.parity import Graph
from millrace.learning.trainer import Answers
from tests import lessons
from tests.lessons import Asked
from tests.rows import COLUMNS, schema, typed


def fitted(task: Task, rows: int = 300) -> tuple[Graph, Table, Answers]:
    table, answers = typed(rows, task)
    pipeline = lessons.fit(LinearTrainer(), Asked(table, answers, schema(task)))
    return Graph(export(pipeline, schema(task)), schema(task)), table, answers


@pytest.mark.parametrize("task", Task)
def test_what_the_answers_depend_on_matters_and_noise_does_not(task: Task) -> None:
    graph, table, answers = fitted(task)
    metric = Metric.AUC if task.is_classification else Metric.RMSE
    found = permutation(graph, table, answers, schema(task), metric, seed=0)
    assert (found.metric, found.rows, found.repeats) == (metric, 300, importance.REPEATS)
    assert {each.feature for each in found.features} == {column.name for column in COLUMNS}
    means = [each.mean for each in found.features]
    assert means == sorted(means, reverse=True)
    assert found.features[0].mean > 0.0
    assert found.features[0].spread > 0.0
    shuffled = np.random.default_rng(9).permutation(answers)  # now nothing is worth anything
    lost = permutation(graph, table, shuffled, schema(task), metric, seed=0)
    assert lost.features[0].mean < found.features[0].mean / 4


class Peer(BaseEstimator):  # type: ignore[misc]  # it is untyped
    """The graph as scikit-learn takes it: a matrix of positions into each column."""

    def __init__(self, graph: Graph | None = None, table: Table | None = None) -> None:
        self.graph, self.table = graph, table

    def fit(self, matrix: NDArray[np.int64], truth: Answers) -> Peer:
        return self

    def loss(self, matrix: NDArray[np.int64], truth: Answers) -> float:
        assert self.graph is not None
        assert self.table is not None
        columns = {column.name: self.table[column.name][matrix[:, i]] for i, column in enumerate(COLUMNS)}
        values = self.graph.answer(Table(columns, len(matrix))).values
        return -Guess(values).measure(Task.BINARY, truth)[Metric.LOG_LOSS]


def test_as_scikit_learn_has_it() -> None:
    graph, table, answers = fitted(Task.BINARY)
    ours = permutation(graph, table, answers, schema(Task.BINARY), Metric.LOG_LOSS, seed=0, repeats=30)
    matrix = np.tile(np.arange(300)[:, None], (1, len(COLUMNS)))
    peer = Peer(graph, table)
    theirs = permutation_importance(
        peer, matrix, answers, scoring=lambda model, rows, truth: model.loss(rows, truth), n_repeats=30, random_state=1
    )
    by_name = {each.feature: each for each in ours.features}
    for i, column in enumerate(COLUMNS):
        spread = theirs.importances_std[i]
        assert by_name[column.name].mean == pytest.approx(theirs.importances_mean[i], abs=spread + 1e-9)


def test_rows_are_bounded_and_a_metric_that_they_lack_has_a_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    graph, table, answers = fitted(Task.BINARY, 600)
    monkeypatch.setattr(importance, "ANSWERS", 1)
    one = np.zeros(len(answers), dtype=np.int64)
    found = permutation(graph, table, one, schema(Task.BINARY), Metric.AUC, seed=0)
    assert (found.rows, found.metric) == (importance.FEWEST_ROWS, Metric.LOG_LOSS)
    again = permutation(graph, table, one, schema(Task.BINARY), Metric.AUC, seed=0)
    assert again == found
