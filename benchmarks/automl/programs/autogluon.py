"""AutoGluon with one of its presets, named by the first argument, for the seconds that it is given.

Without its neural members, which want torch.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from autogluon.tabular import TabularPredictor

from benchmarks.automl.programs.asked import Question
from benchmarks.automl.programs.tables import Frame, Learned, Tables, run

METRICS = {"auc": "roc_auc", "log_loss": "log_loss", "accuracy": "accuracy", "rmse": "root_mean_squared_error"}
TARGET = "the target"
LEAST = 60.0  # seconds: in less, the fit by which it tells whether stacking overfits can end without a model, and so it


def learn(question: Question, tables: Tables, preset: str, folder: Path) -> Learned:
    """It prepares features by itself. What is kept is its clone for deployment, and that answers, held in memory."""
    fitted = TabularPredictor(
        label=TARGET,
        problem_type=question.task,
        eval_metric=METRICS[question.metric],
        path=str(folder / "fitted"),
        verbosity=0,
    ).fit(
        tables.train.assign(**{TARGET: tables.truth}),
        presets=preset,
        time_limit=question.seconds,
        num_cpus=question.threads,
        num_gpus=0,
        **({"dynamic_stacking": False} if question.seconds < LEAST else {}),
    )
    kept = folder / "kept"
    predictor = fitted.clone_for_deployment(str(kept), return_clone=True)
    predictor.persist()

    def predict(frame: Frame) -> Frame:
        if not question.is_classification:
            return predictor.predict(frame).to_numpy()
        return predictor.predict_proba(frame)[list(range(len(tables.classes)))].to_numpy()

    return Learned(predict, lambda: sum(path.stat().st_size for path in kept.rglob("*") if path.is_file()))


if __name__ == "__main__":
    chosen = sys.argv.pop(1)
    packages = ["autogluon.tabular", "lightgbm", "xgboost", "xgboost-cpu", "catboost", "scikit-learn"]
    with tempfile.TemporaryDirectory() as base:
        run(lambda question, tables: learn(question, tables, chosen, Path(base)), packages)
