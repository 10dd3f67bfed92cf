"""A search that a restart finds whole."""

from __future__ import annotations

from pathlib import Path

from millrace.domain.spec import Metric, Task
from millrace.learning.automl import Lessons, Wish, learn
from millrace.learning.checkpoint import Checkpoint
from millrace.learning.export import export
from millrace.learning.linear import LinearTrainer
from millrace.learning.trainer import Plan
from tests.rows import schema, typed


def test_a_model_of_checkpoints_only_is_the_same(tmp_path: Path) -> None:
    table, answers = typed(120, Task.BINARY)
    trainers = [LinearTrainer("linear", plan=Plan.BENT)]
    one, other = (
        learn(
            Lessons(table, answers, schema(Task.BINARY)),
            Wish(Metric.LOG_LOSS, trials=2, folds=2),
            trainers=trainers,
            checkpoint=Checkpoint(tmp_path),
        )
        for _ in range(2)
    )
    assert export(one.fitted, one.school.schema) == export(other.fitted, other.school.schema)
