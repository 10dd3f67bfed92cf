"""The whole job on the data that benchmarks use; skipped where a machine has none of it."""

from __future__ import annotations

import pytest

from millrace.domain.report import Report
from millrace.domain.spec import Metric, Spec
from millrace.learning import lightgbm, linear
from millrace.learning.trainer import Trainer
from millrace.usecases.train import TRAINERS, Training, train
from tests.rows import lineage, shared


def report(name: str, *trainers: Trainer) -> Report:
    path = shared(name)
    return train(Training(path, lineage(path, Spec(folds=2))), trainers=trainers or TRAINERS).report


@pytest.mark.parametrize(
    ("name", "metric", "bound"),
    [("credit-g", Metric.AUC, 0.74), ("car", Metric.LOG_LOSS, 0.15), ("california-housing", Metric.RMSE, 52_000.0)],
)
def test_real_data(name: str, metric: Metric, bound: float) -> None:
    """Near what peers reach, less what chance makes of one split."""
    score = report(name).held_out[metric]
    assert score > bound if metric.greater_is_better else score < bound


@pytest.mark.parametrize("trainer", TRAINERS, ids=lambda trainer: trainer.name)
@pytest.mark.parametrize(
    "name",
    ["adult", "bank-marketing", "california-housing", "car", "credit-g", "elec2", "phoneme", "telco-churn"],
)
def test_parity_on_real_data(name: str, trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lightgbm, "MAX_TREES", 30)
    monkeypatch.setattr(linear, "STRENGTHS", (0.3,))
    made = report(name, trainer)
    assert made.parity.rows == made.rows_held_out
    assert made.parity.max_difference < 1e-6
    assert made.parity.flips == 0
