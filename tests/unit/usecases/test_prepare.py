"""What is decided between a file and a search: the metric, the answer, which rows teach and which judge."""

from __future__ import annotations

import numpy as np
import pytest

from millrace.domain.errors import Rejected
from millrace.domain.spec import Metric, Spec, Task
from millrace.learning import bounds
from millrace.usecases.prepare import Prepared, prepare
from tests.rows import mixed, written

MUCH = 10**12  # bytes


def prepared(spec: Spec | None = None, rows: dict[str, list[object]] | None = None, memory: int = MUCH) -> Prepared:
    return prepare(written(rows or mixed()), spec or Spec(), None, memory)


def decided(of: Prepared) -> dict[str, tuple[str, str]]:
    return {each.what: (each.choice, each.why) for each in of.decisions}


@pytest.mark.parametrize(
    ("target", "task", "metric"),
    [
        ("answer", Task.BINARY, Metric.LOG_LOSS),
        ("city", Task.MULTICLASS, Metric.LOG_LOSS),
        ("age", Task.REGRESSION, Metric.RMSE),
    ],
)
def test_the_usual_metric_of_a_task_is_a_decision(target: str, task: Task, metric: Metric) -> None:
    made = prepared(Spec(target=target))
    assert (made.schema.task, made.metric) == (task, metric)
    assert decided(made)["metric"] == (metric.value, f"the usual one for {task}")
    assert "metric" not in decided(prepared(Spec(target=target, metric=metric)))


def test_each_row_with_an_answer_is_on_one_side() -> None:
    rows = mixed()
    rows["answer"][:7] = [None] * 7
    made = prepared(rows=rows)
    assert made.train.table.rows + made.held_out.table.rows == 153
    assert made.held_out.written.rows == made.held_out.table.rows == len(made.held_out.answers)
    assert made.fitted is made.train
    (warning,) = [each for each in made.warned if each.code == "unanswered_rows"]
    assert warning.columns == ("answer",)


def test_rows_beyond_memory_judge_nothing_and_teach_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The held-out rows and the baseline's stay all; which of the others teach is told by their hashes."""
    monkeypatch.setattr(bounds, "LEAST", 5)
    monkeypatch.setattr(bounds, "FEWEST", 60)
    whole, made = prepared(), prepared(memory=bounds.BASE)
    assert made.train.table.rows == whole.train.table.rows
    assert made.held_out.table.rows == whole.held_out.table.rows
    assert 20 < made.fitted.table.rows < made.train.table.rows
    assert decided(made)["rows of the search"][0] == str(made.fitted.table.rows)
    assert np.array_equal(made.fitted.answers, prepared(memory=bounds.BASE).fitted.answers)


def test_what_a_version_leaves_out_it_ignores() -> None:
    rows: dict[str, list[object]] = {"always": ["x"] * 160, **mixed()}
    made = prepared(Spec(exclude=("city",)), rows)
    assert set(made.schema.ignored) == {"city", "always"}
    assert {column.name for column in made.schema.features} == {"age", "member", "since"}


@pytest.mark.parametrize(
    ("spec", "code", "field"),
    [
        (Spec(metric=Metric.RMSE), "metric_mismatch", "metric"),
        (Spec(target="age", balance=True), "wish_mismatch", "balance"),
        (Spec(target="city", false_negative_cost=3.0), "wish_mismatch", "false_negative_cost"),
    ],
)
def test_a_wish_that_the_data_turn_out_not_to_fit_is_refused(spec: Spec, code: str, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        prepared(spec)
    assert (refused.value.code, refused.value.field) == (code, field)
