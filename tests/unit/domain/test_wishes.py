from __future__ import annotations

import pytest

from millrace.domain import wishes
from millrace.domain.errors import Rejected
from millrace.domain.spec import DEFAULT_METRIC, Metric, Spec, Task


@pytest.mark.parametrize("task", Task)
def test_without_a_wish_the_usual_metric_is_taken_and_said(task: Task) -> None:
    metric, (said,) = wishes.metric_of(Spec(), task)
    assert metric == said.choice == DEFAULT_METRIC[task]


def test_a_wish_is_taken_without_a_word_and_one_of_another_task_refused() -> None:
    assert wishes.metric_of(Spec(metric=Metric.AUC), Task.BINARY) == (Metric.AUC, ())
    for metric, task in ((Metric.AUC, Task.REGRESSION), (Metric.RMSE, Task.MULTICLASS)):
        with pytest.raises(Rejected) as refused:
            wishes.metric_of(Spec(metric=metric), task)
        assert (refused.value.code, refused.value.field) == ("metric_mismatch", "metric")


def test_what_goes_with_the_task_is_fine() -> None:
    wishes.check(Spec(balance=True), Task.BINARY)
    wishes.check(Spec(task=Task.BINARY, false_negative_cost=3.0), Task.BINARY)


@pytest.mark.parametrize("task", [None, Task.REGRESSION])
def test_what_goes_with_another_is_refused_with_its_field(task: Task | None) -> None:
    with pytest.raises(Rejected) as refused:
        wishes.check(Spec(task=task, balance=True), Task.REGRESSION)
    assert (refused.value.code, refused.value.field) == ("wish_mismatch", "balance")
    assert ("as the data has it" in refused.value.message) is (task is None)
