"""What a spec is named by, and what its words mean."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from millrace.domain.notation import DateOrder, DecimalMark
from millrace.domain.spec import DEFAULT_METRIC, Metric, Spec, Task

OTHER: dict[str, object] = {
    "target": "y",
    "task": Task.BINARY,
    "features": ("a",),
    "exclude": ("b",),
    "decimal": DecimalMark.COMMA,
    "date_order": DateOrder.MONTH,
    "metric": Metric.AUC,
    "margin": 0.1,
    "folds": 3,
    "seed": 1,
    "backend": "worker",
    "promote": False,
    "capture_rate": 0.5,
    "capture_fields": ("a",),
    "drift_rows": 1_000,
    "drift_hours": 24,
    "drift_least_rows": 100,
    "drift_least_hours": 1.0,
    "drift_exclude": ("a",),
    "retrain": False,
    "retrain_cooldown_hours": 1.0,
    "retrain_daily_limit": 1,
    "retrain_least_rows": 100,
    "retrain_rows": 1_000,
}


def test_every_field_has_a_default_and_is_tried_here() -> None:
    assert {field.name for field in fields(Spec)} == set(OTHER)
    assert Spec() == Spec()


@pytest.mark.parametrize("name", OTHER)
def test_each_field_is_part_of_the_digest(name: str) -> None:
    changed = replace(Spec(), **{name: OTHER[name]})  # type: ignore[arg-type]  # each value has the field's type
    assert changed.digest != Spec().digest
    assert changed.digest == replace(changed).digest


def test_directions() -> None:
    assert {metric for metric in Metric if metric.greater_is_better} == {
        Metric.AUC,
        Metric.ACCURACY,
        Metric.F1,
        Metric.R2,
    }


@pytest.mark.parametrize("task", Task)
def test_each_task_has_a_metric_of_its_kind(task: Task) -> None:
    assert DEFAULT_METRIC[task].is_classification == task.is_classification
