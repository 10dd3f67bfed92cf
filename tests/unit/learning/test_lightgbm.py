from __future__ import annotations

import numpy as np
import pytest
from millrace.learning.pipeline import Pipeline
from millrace.learning.trees import Trees

from millrace.data.table import Table
from millrace.domain.spec import Task
from millrace.learning import lightgbm
from millrace.learning.export import export
from millrace.learning.lightgbm import LightGbmTrainer
from millrace.learning.trainer import Answers, Budget
from tests.rows import schema, typed


def fit(table: Table, answers: Answers, task: Task = Task.BINARY, threads: int = 1) -> Pipeline:
    return LightGbmTrainer().fit(table, answers, schema(task), seed=0, budget=Budget(threads))


def trees_of(pipeline: Pipeline) -> int:
    assert isinstance(pipeline.core, Trees)
    return int(pipeline.core.booster.num_trees())


def test_noise_gets_few_trees_and_signal_many() -> None:
    table, answers = typed(400, Task.BINARY)
    noise = np.random.default_rng(5).permutation(answers)
    assert trees_of(fit(table, noise)) < trees_of(fit(table, answers)) < lightgbm.MAX_TREES


@pytest.mark.parametrize("task", list(Task))
def test_threads_that_share_the_rows_change_no_bit(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lightgbm, "PARALLEL", 0)
    monkeypatch.setattr(lightgbm, "MAX_TREES", 15)
    table, answers = typed(2000, task)
    made = [export(fit(table, answers, task, threads), schema(task)) for threads in (1, 2, 3)]
    assert made[0] == made[1] == made[2]


def test_many_rows_are_judged_on_one_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    table, answers = typed(600, Task.BINARY)
    careful = trees_of(fit(table, answers))
    monkeypatch.setattr(lightgbm, "SMALL", 0)
    assert trees_of(fit(table, answers)) != careful


def test_the_number_of_trees_is_chosen_on_a_bounded_number_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    table, answers = typed(3000, Task.BINARY)
    careful = fit(table, answers)
    monkeypatch.setattr(lightgbm, "JUDGED_ROWS", 200)
    quick = fit(table, answers)
    assert trees_of(quick) != trees_of(careful)
    assert quick.core.booster.dump_model()["tree_info"][0]["tree_structure"]["internal_count"] > 1500  # type: ignore[attr-defined]  # a core of trees has a booster
