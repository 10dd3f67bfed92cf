"""The whole job on the data that benchmarks use; skipped where a machine has none of it."""

from __future__ import annotations

import pytest

from millrace.domain.report import Report
from millrace.domain.spec import Metric, Spec
from millrace.learning import catboost, lightgbm, neural, xgboost
from millrace.learning.portfolio import TRAINERS
from millrace.learning.trainer import Trainer
from millrace.usecases.train import train
from tests.rows import shared
from tests.trained import job

TABULAR = [trainer for trainer in TRAINERS if not trainer.plan.reads_text]


def report(name: str, *trainers: Trainer) -> Report:
    """Of the first configuration that is tried, or of the first of these trainers."""
    return train(job(shared(name), Spec(folds=2), trials=1), trainers=trainers or TRAINERS).report


@pytest.mark.parametrize(
    ("name", "metric", "bound"),
    [("credit-g", Metric.AUC, 0.74), ("car", Metric.LOG_LOSS, 0.15), ("california-housing", Metric.RMSE, 52_000.0)],
)
def test_real_data(name: str, metric: Metric, bound: float) -> None:
    """Near what peers reach, less what chance makes of one split."""
    score = report(name).held_out[metric]
    assert score > bound if metric.greater_is_better else score < bound


@pytest.mark.parametrize("trainer", TABULAR, ids=lambda trainer: trainer.name)
@pytest.mark.parametrize("name", ["car", "credit-g"])
def test_parity_on_real_data(name: str, trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (lightgbm, xgboost, catboost):
        monkeypatch.setattr(module, "MAX_TREES", 30)
    monkeypatch.setattr(neural, "MOST_EPOCHS", 2)
    made = report(name, trainer)
    assert made.parity.rows == made.rows_held_out
    assert made.parity.max_difference < 5e-5
    assert made.parity.flips == 0
