from __future__ import annotations

import numpy as np
import onnx
import pytest

from millrace.domain.spec import Metric, Task
from millrace.learning import parity
from millrace.learning.export import export
from millrace.learning.objective import score
from millrace.learning.text_trainer import TextTrainer
from millrace.learning.trainer import Plan
from tests import lessons
from tests.lessons import Asked
from tests.texts import AGE, ODD, messages, schema, table

TASKS = pytest.mark.parametrize("task", list(Task))
EVERY = pytest.mark.parametrize(
    "trainer",
    [TextTrainer(), TextTrainer("text-linear-characters", plan=Plan.CHARACTERS)],
    ids=lambda trainer: trainer.name,
)


@EVERY
@TASKS
def test_the_graph_says_what_the_pipeline_says_of_raw_text(trainer: TextTrainer, task: Task) -> None:
    rows, answers = messages(100, task)
    fitted = lessons.fit(trainer, Asked(rows, answers, schema(task)))
    model = export(fitted, schema(task))
    onnx.checker.check_model(onnx.load_from_string(model), full_check=True)
    for asked in (messages(60, task, seed=1)[0], table(list(ODD)), table([])):
        found = parity.check(model, fitted, asked, schema(task))
        assert found.max_difference <= 1e-5
        assert found.flips_far == 0


@EVERY
@TASKS
def test_it_learns_from_text_and_from_the_other_columns(trainer: TextTrainer, task: Task) -> None:
    asked = schema(task, AGE)
    fresh, truth = messages(150, task, seed=1)
    fitted = lessons.fit(trainer, Asked(*messages(150, task), asked))
    found = score(Metric.AUC if task.is_classification else Metric.R2, truth, fitted.predict(fresh))
    assert found is not None
    assert found > (0.95 if task.is_classification else 0.9)
    check = parity.check(export(fitted, asked), fitted, fresh, asked)
    assert check.max_difference <= 1e-5


def test_a_text_as_long_as_a_chapter_is_read() -> None:
    rows, answers = messages(60, Task.BINARY)
    texts = [str(text) for text in rows["message"]]
    texts[5] = "my card has not arrived " * 4_500  # a hundred thousand letters
    to = Asked(table(texts), answers, schema(Task.BINARY))
    fitted = lessons.fit(TextTrainer(), to)
    assert np.isfinite(fitted.predict(to.table)).all()
    assert parity.check(export(fitted, to.schema), fitted, to.table, to.schema).max_difference <= 1e-5
