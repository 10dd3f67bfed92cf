"""Logistic or ridge regression with the preprocessing that scikit-learn's own guide shows."""

from __future__ import annotations

import pickle

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.automl.programs.asked import Question
from benchmarks.automl.programs.tables import Learned, Tables, run


def learn(question: Question, tables: Tables) -> Learned:
    """Numbers imputed and scaled, texts one-hot."""
    prepare = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), tables.numbers),
            ("texts", OneHotEncoder(handle_unknown="ignore"), tables.texts),
        ]
    )
    if not question.is_classification:
        model = make_pipeline(prepare, RidgeCV(np.logspace(-3, 3, 13))).fit(tables.train, tables.truth)
        return Learned(model.predict, lambda: len(pickle.dumps(model)))
    model = make_pipeline(prepare, LogisticRegression(max_iter=2000)).fit(tables.train, tables.truth)
    return Learned(model.predict_proba, lambda: len(pickle.dumps(model)))


if __name__ == "__main__":
    run(learn, ["scikit-learn"])
