"""scikit-learn's TF-IDF and a linear model over one column of text, tuned by cross-validation while seconds last."""

from __future__ import annotations

import pickle
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from benchmarks.automl.programs.asked import Question
from benchmarks.automl.programs.tables import Frame, Learned, Tables, run

FOLDS = 3
WORDS: Mapping[str, Any] = {"ngram_range": (1, 2), "min_df": 1, "sublinear_tf": True}


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: settings of word and of character n-grams, one of them or both, and of the model."""

    words: Mapping[str, Any] | None
    characters: Mapping[str, Any] | None
    support_vectors: bool
    strength: float  # C

    def pipeline(self, seed: int) -> Any:
        """Not fitted yet."""
        parts = []
        if self.words is not None:
            parts.append(TfidfVectorizer(**self.words))
        if self.characters is not None:
            parts.append(TfidfVectorizer(analyzer="char_wb", **self.characters))
        kind = LinearSVC if self.support_vectors else LogisticRegression
        model = kind(C=self.strength, max_iter=1000, random_state=seed)
        return make_pipeline(make_union(*parts), model)


def trials(seed: int) -> Iterator[Trial]:
    """Two that are usually good, then random ones without end."""
    yield Trial(WORDS, None, support_vectors=True, strength=1.0)
    yield Trial(WORDS, {"ngram_range": (2, 5), "min_df": 2, "sublinear_tf": True}, support_vectors=True, strength=0.5)
    source = random.Random(seed)
    while True:
        words = {
            "ngram_range": source.choice([(1, 1), (1, 2), (1, 3)]),
            "min_df": source.choice([1, 2, 3]),
            "sublinear_tf": source.random() < 0.7,
            "stop_words": source.choice([None, None, "english"]),
        }
        characters = {
            "ngram_range": source.choice([(1, 4), (2, 4), (2, 5), (3, 5)]),
            "min_df": source.choice([1, 2, 5]),
            "sublinear_tf": source.random() < 0.7,
        }
        part, strength = source.choice("wcbb"), 10 ** source.uniform(-1.0, 1.5)
        svm = source.random() < 0.6
        yield Trial(words if part != "c" else None, characters if part != "w" else None, svm, strength)


def learn(question: Question, tables: Tables) -> Learned:
    """The first trial is made whatever the time; another only where it and the last fit should still end in time."""
    end = time.perf_counter() + question.seconds
    texts, truth = _texts(tables.train), tables.truth
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=question.seed)
    longest, best, made = 0.0, (-np.inf, next(trials(question.seed))), 0
    for trial in trials(question.seed):
        if made and time.perf_counter() + longest * (1.0 + 1.0 / (FOLDS - 1)) > end:
            break
        start = time.perf_counter()
        scoring = "accuracy" if question.metric == "accuracy" else "neg_log_loss"
        score = float(np.mean(cross_val_score(trial.pipeline(question.seed), texts, truth, cv=folds, scoring=scoring)))
        longest, made = max(longest, time.perf_counter() - start), made + 1
        best = max(best, (score, trial), key=lambda each: each[0])
    model = best[1].pipeline(question.seed).fit(texts, truth)

    def predict(frame: Frame) -> Any:
        return _probabilities(model, _texts(frame))

    return Learned(predict, lambda: len(pickle.dumps(model)), more={"trials": float(made), "validated": best[0]})


def _texts(frame: Frame) -> Any:
    return frame.iloc[:, 0].fillna("").astype(str)


def _probabilities(model: Any, texts: Any) -> Any:
    """Of support vectors, the decision's soft maximum: its order is theirs."""
    if hasattr(model, "predict_proba"):
        return model.predict_proba(texts)
    decision = model.decision_function(texts)
    scores = np.column_stack([-decision, decision]) if decision.ndim == 1 else decision
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


if __name__ == "__main__":
    run(learn, ["scikit-learn"])
