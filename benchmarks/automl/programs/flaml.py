"""FLAML's defaults for the seconds that it is given."""

from __future__ import annotations

import pickle
from typing import Any

from flaml import AutoML

from benchmarks.automl.programs import order
from benchmarks.automl.programs.asked import Question
from benchmarks.automl.programs.tables import Learned, Tables, run

METRICS = {"auc": "roc_auc", "log_loss": "log_loss", "accuracy": "accuracy", "rmse": "rmse"}


def learn(question: Question, tables: Tables) -> Learned:
    """It prepares features by itself."""
    model = AutoML()
    model.fit(
        X_train=tables.train,
        y_train=tables.truth,
        task="classification" if question.is_classification else "regression",
        metric=METRICS[question.metric],
        time_budget=question.seconds,
        n_jobs=question.threads,
        seed=question.seed,
        verbose=0,
        split_type="time" if order.is_told() else "auto",
    )
    predict = model.predict_proba if question.is_classification else model.predict
    return Learned(predict, lambda: len(pickle.dumps(model)), lambda: _one_thread(model.model.estimator))


def _one_thread(estimator: Any) -> None:
    """But for CatBoost's, which refuses once it is fitted: a row is quick to it on any number of threads."""
    known = estimator.get_params()
    if "catboost" in type(estimator).__module__:
        return
    estimator.set_params(**{name: 1 for name in ("n_jobs", "thread_count") if name in known})


if __name__ == "__main__":
    run(learn, ["flaml", "lightgbm", "xgboost", "xgboost-cpu", "scikit-learn"])
