"""scikit-learn's random forest of 500 trees."""

from __future__ import annotations

import pickle

from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from benchmarks.automl.programs.asked import Question
from benchmarks.automl.programs.tables import Learned, Tables, run

TREES = 500


def learn(question: Question, tables: Tables) -> Learned:
    """Numbers imputed, texts numbered."""
    texts = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)
    prepare = ColumnTransformer([("numbers", SimpleImputer(), tables.numbers), ("texts", texts, tables.texts)])
    kind = RandomForestClassifier if question.is_classification else RandomForestRegressor
    forest = kind(TREES, n_jobs=question.threads, random_state=question.seed)
    model = make_pipeline(prepare, forest).fit(tables.train, tables.truth)
    predict = model.predict_proba if question.is_classification else model.predict
    return Learned(predict, lambda: len(pickle.dumps(model)), lambda: forest.set_params(n_jobs=1))


if __name__ == "__main__":
    run(learn, ["scikit-learn"])
