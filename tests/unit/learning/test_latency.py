from __future__ import annotations

import time

import numpy as np
import pytest

from millrace.data.table import Table
from millrace.domain.spec import Task
from millrace.learning import latency
from millrace.learning.linear import LinearTrainer
from millrace.learning.parity import Answered, Graph
from tests import lessons


class Slow(Graph):
    """A graph that takes its time, and most of it now and then."""

    asked = 0

    def answer(self, table: Table) -> Answered:
        self.asked += 1
        assert table.rows == 1
        time.sleep(0.05 if self.asked % 20 == 0 else 0.002)
        return super().answer(table)


def slow() -> tuple[Slow, Table]:
    to = lessons.asked(LinearTrainer(), Task.BINARY, 60)
    return Slow(lessons.exported(LinearTrainer(), to), to.schema), to.table


def test_it_is_the_middle_of_single_rows_in_milliseconds() -> None:
    graph, table = slow()
    assert 2.0 <= latency.row_ms(graph, table) < 40.0
    assert graph.asked == latency.ROWS + latency.WARM


@pytest.mark.parametrize("rows", [1, 3])
def test_few_rows_are_enough(rows: int) -> None:
    graph, table = slow()
    assert latency.row_ms(graph, table.take(np.arange(rows))) >= 2.0


def test_without_rows_nothing_was_measured() -> None:
    graph, table = slow()
    assert latency.row_ms(graph, table.take(np.arange(0))) == 0.0
