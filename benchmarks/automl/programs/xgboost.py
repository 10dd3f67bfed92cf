"""XGBoost's defaults on all rows."""

from __future__ import annotations

import pickle

from xgboost import XGBClassifier, XGBRegressor

from benchmarks.automl.programs.asked import Question
from benchmarks.automl.programs.tables import Learned, Tables, as_categories, run


def learn(question: Question, tables: Tables) -> Learned:
    """Texts as categories."""
    convert = as_categories(tables)
    kind = XGBClassifier if question.is_classification else XGBRegressor
    model = kind(enable_categorical=True, n_jobs=question.threads, random_state=question.seed)
    model.fit(convert(tables.train), tables.truth)
    predict = model.predict_proba if question.is_classification else model.predict
    return Learned(
        lambda frame: predict(convert(frame)),
        lambda: len(pickle.dumps(model)),
        lambda: model.set_params(n_jobs=1),
        {"trees": float(len(model.get_booster().get_dump()))},
    )


if __name__ == "__main__":
    run(learn, ["xgboost", "xgboost-cpu"])
