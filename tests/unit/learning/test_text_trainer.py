from __future__ import annotations

import numpy as np
import onnx
import pytest

from millrace.domain.spec import Task
from millrace.learning import parity
from millrace.learning.export import export
from millrace.learning.search import measure
from millrace.learning.text_trainer import TextTrainer
from millrace.learning.trainer import Budget
from tests.texts import AGE, ODD, messages, schema, table

TASKS = pytest.mark.parametrize("task", list(Task))


@TASKS
def test_the_graph_says_what_the_pipeline_says_of_raw_text(task: Task) -> None:
    rows, answers = messages(150, task)
    fitted = TextTrainer().fit(rows, answers, schema(task), seed=0, budget=Budget())
    model = export(fitted, schema(task))
    onnx.checker.check_model(onnx.load_from_string(model), full_check=True)
    for asked in (messages(90, task, seed=1)[0], table(list(ODD)), table([])):
        found = parity.check(model, fitted, asked, schema(task))
        assert found.max_difference <= 1e-5
        assert found.flips == 0
    assert export(TextTrainer().fit(rows, answers, schema(task), seed=0, budget=Budget()), schema(task)) == model


@TASKS
def test_it_learns_from_text_and_from_the_other_columns(task: Task) -> None:
    asked = schema(task, AGE)
    rows, answers = messages(200, task)
    fresh, truth = messages(200, task, seed=1)
    fitted = TextTrainer().fit(rows, answers, asked, seed=0, budget=Budget())
    found = measure(task, truth, fitted.predict(fresh))
    if task is Task.REGRESSION:
        assert found["r2"] > 0.9  # type: ignore[index]  # a Metric is a str
    else:
        assert found["auc"] > 0.95  # type: ignore[index]  # a Metric is a str
    assert fitted.steps == ("spelling/2", "text/1", "encode/1", "text-linear/1", "link/1")
    check = parity.check(export(fitted, asked), fitted, fresh, asked)
    assert check.max_difference <= 1e-5
    assert fitted.unit == (1.0 if task.is_classification else pytest.approx(float(np.std(answers))))
