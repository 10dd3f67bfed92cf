"""CatBoost's defaults on all rows."""

from __future__ import annotations

import pickle
from typing import Any

from catboost import CatBoostClassifier, CatBoostRegressor, Pool

from benchmarks.automl.programs import order
from benchmarks.automl.programs.asked import Question
from benchmarks.automl.programs.tables import Frame, Learned, Tables, run


def learn(question: Question, tables: Tables) -> Learned:
    """Texts as its own categories."""
    texts, threads = tables.texts, [question.threads]

    def pool(frame: Frame, truth: Any = None) -> Any:
        return Pool(frame.fillna(dict.fromkeys(texts, "missing")), truth, cat_features=texts)

    kind = CatBoostClassifier if question.is_classification else CatBoostRegressor
    model = kind(
        thread_count=threads[0],
        random_seed=question.seed,
        has_time=order.is_told(),
        allow_writing_files=False,
        verbose=False,
    )
    model.fit(pool(tables.train, tables.truth))
    call = model.predict_proba if question.is_classification else model.predict
    return Learned(
        lambda frame: call(pool(frame), thread_count=threads[0]),
        lambda: len(pickle.dumps(model)),
        lambda: threads.__setitem__(0, 1),
        {"trees": float(model.tree_count_)},
    )


if __name__ == "__main__":
    run(learn, ["catboost"])
