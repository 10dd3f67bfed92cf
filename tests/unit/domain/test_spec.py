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
    "time": "t",
    "group": "g",
    "weights": "w",
    "decimal": DecimalMark.COMMA,
    "date_order": DateOrder.MONTH,
    "metric": Metric.AUC,
    "margin": 0.1,
    "balance": True,
    "false_positive_cost": 5.0,
    "false_negative_cost": 2.0,
    "budget_seconds": 10.0,
    "trials": 7,
    "folds": 3,
    "jobs": 4,
    "max_model_mb": 5.0,
    "max_row_ms": 0.5,
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


def test_new_fields_rename_no_old_spec() -> None:
    """What specs of the first releases are named by, when five folds were the default: runs are found by it."""
    assert Spec().digest == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert Spec(target="y").digest == "8aab72c95078c787b1cda8e360130be33149d09bd191e73a3ce63692d154f51e"
    assert replace(Spec(target="y"), folds=5).digest != Spec(target="y").digest


def test_costs_that_are_alike_are_none() -> None:
    assert not Spec(false_positive_cost=2.0, false_negative_cost=2.0).has_costs
    assert Spec(false_negative_cost=2.0).has_costs


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
