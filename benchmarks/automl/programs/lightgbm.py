"""LightGBM's defaults on all rows; with the first argument `stopped`, as many trees as rows set aside gain from."""

from __future__ import annotations

import pickle
import sys
from typing import Any

from lightgbm import LGBMClassifier, LGBMRegressor, early_stopping

from benchmarks.automl.programs.asked import Question
from benchmarks.automl.programs.tables import Learned, Tables, as_categories, run, set_aside

TREES, PATIENCE = 2000, 50  # at most, and without a gain


def learn(question: Question, tables: Tables, *, stopped: bool) -> Learned:
    """Texts as categories."""
    convert = as_categories(tables)
    features, truth = convert(tables.train), tables.truth
    kind: Any = LGBMClassifier if question.is_classification else LGBMRegressor
    model = kind(n_jobs=question.threads, random_state=question.seed, verbosity=-1)
    if stopped:
        fit, stop = set_aside(question, tables)
        stopping = [early_stopping(PATIENCE, verbose=False)]
        model.set_params(n_estimators=TREES)
        model.fit(
            features.iloc[fit], truth[fit], eval_X=(features.iloc[stop],), eval_y=(truth[stop],), callbacks=stopping
        )
    else:
        model.fit(features, truth)
    predict = model.predict_proba if question.is_classification else model.predict
    return Learned(
        lambda frame: predict(convert(frame)),
        lambda: len(pickle.dumps(model)),
        lambda: model.set_params(n_jobs=1),
        {"trees": float(model.booster_.num_trees())},
    )


if __name__ == "__main__":
    chosen = sys.argv.pop(1) == "stopped"
    run(lambda question, tables: learn(question, tables, stopped=chosen), ["lightgbm"])
