"""What the peers' programs make of a file, in this environment."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks.automl.programs import asked, tables, tfidf
from benchmarks.automl.programs.asked import Question

TRAIN = "charge,plan,flag,y\n" + "".join(f"{i}.5,{'ab'[i % 2]},True,{['no', 'yes'][i % 2]}\n" for i in range(40))


def question(folder: Path, train: str, test: str, task: str = "binary", metric: str = "auc") -> Question:
    (folder / "train.csv").write_text(train)
    (folder / "test.csv").write_text(test)
    return Question(folder / "train.csv", folder / "test.csv", "y", task, metric, 0.1, 1, 0, folder)


def test_a_column_of_numbers_with_some_blanks_is_one_of_numbers(tmp_path: Path) -> None:
    """As telco-churn has them; pandas takes the whole column for text."""
    given = tables.read(question(tmp_path, TRAIN + " ,a,False,no\n", "charge,plan,flag,y\n ,c,True,yes\n"))
    assert given.numbers == ["charge"]
    assert given.texts == ["plan", "flag"]
    assert np.isnan(given.train["charge"].iloc[-1])
    assert np.isnan(given.test["charge"].iloc[0])
    assert given.classes == ("no", "yes")
    assert given.truth[:3].tolist() == [0, 1, 0]


def test_classes_that_look_like_numbers_are_in_the_order_of_their_text(tmp_path: Path) -> None:
    given = tables.read(question(tmp_path, "x,y\n1,10\n2,9\n3,10\n", "x,y\n1,9\n"))
    assert given.classes == ("10", "9")
    assert given.truth.tolist() == [0, 1, 0]


def test_categories_that_were_never_seen_are_missing(tmp_path: Path) -> None:
    given = tables.read(question(tmp_path, TRAIN, "charge,plan,flag,y\n1,c,True,yes\n"))
    converted = tables.as_categories(given)(given.test)
    assert list(converted) == ["f0", "f1", "f2"]
    assert converted["f1"].isna().tolist() == [True]


def test_texts_are_learned_and_answers_are_probabilities(tmp_path: Path) -> None:
    texts = [("pay the bill now", "money"), ("rain and wind today", "weather"), ("the bill is high", "money")]
    lines = "".join(f"{text} {i},{label}\n" for i in range(6) for text, label in texts)
    asked_of = question(tmp_path, "text,y\n" + lines, "text,y\nno bill,money\nno rain,weather\n", "binary", "accuracy")
    given = tables.read(asked_of)
    learned = tfidf.learn(asked_of, given)
    answers = learned.predict(given.test)
    np.testing.assert_allclose(answers.sum(axis=1), 1.0)
    assert answers.argmax(axis=1).tolist() == [0, 1]
    assert learned.more["trials"] >= 1


def test_trials_are_the_same_for_the_same_seed() -> None:
    a, b, c = (tfidf.trials(seed) for seed in (0, 0, 1))
    first = [next(a) for _ in range(5)]
    assert first == [next(b) for _ in range(5)]
    assert first[:2] == [next(c) for _ in range(2)]
    assert first != [*first[:2], *(next(c) for _ in range(3))]


def test_times_are_medians_of_single_calls_and_the_least_of_whole_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    prepared: list[int] = []

    def prepare(row: int) -> asked.Call:
        prepared.append(row)
        return lambda: now.__setitem__(0, now[0] + 0.002)

    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    assert asked.row_ms(prepare, rows=3) == pytest.approx(2.0)
    assert len(prepared) == asked.WARM_UP + asked.CALLS
    assert set(prepared) == {0, 1, 2}
    assert asked.batch_ms(lambda: now.__setitem__(0, now[0] + 0.5)) == pytest.approx(500.0)
