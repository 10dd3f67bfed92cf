from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from millrace.learning import alphabet, grams

TEXTS = ["My card, my CARD!", "the card is here", "", "is it here?", "it's here"]
KNOWN = alphabet.learn(TEXTS)
READ = KNOWN.read(TEXTS)


def test_words_and_pairs_are_those_that_scikit_learn_finds() -> None:
    found = grams.frequent_words(KNOWN, READ, 1000)
    vectors = CountVectorizer(ngram_range=(1, 2), token_pattern=r"\w+", binary=True).fit(TEXTS)
    counts = np.asarray(vectors.transform(TEXTS).sum(axis=0)).reshape(-1)
    assert found == {name: counts[place] for name, place in vectors.vocabulary_.items() if counts[place] > 1}


def test_runs_are_those_of_each_word_with_its_marks() -> None:
    held = Counter(
        run
        for text in TEXTS
        for run in {
            padded[start : start + length]
            for word in text.lower().split()
            for padded in [f" {word} "]
            for length in grams.LENGTHS
            for start in range(len(padded) - length + 1)
        }
    )
    assert grams.frequent_runs(KNOWN, READ, 1000) == {run: count for run, count in held.items() if count > 1}


def test_the_commonest_come_first_and_equal_ones_in_order() -> None:
    assert list(grams.frequent_words(KNOWN, READ, 3)) == ["here", "card", "is"]
    assert list(grams.frequent_runs(KNOWN, READ, 2)) == list(grams.frequent_runs(KNOWN, READ, 500))[:2]


def test_what_stands_once_counts_where_nothing_stands_twice() -> None:
    texts = ["one", "other"]
    known = alphabet.learn(texts)
    assert set(grams.frequent_words(known, known.read(texts), 9)) == {"one", "other"}
    assert "ne " in grams.frequent_runs(known, known.read(["one"]), 99)
    assert grams.frequent_runs(known, known.read([]), 9) == grams.frequent_words(known, known.read([""]), 9) == {}


@pytest.mark.parametrize("word", ["x" * 41, "q\u2602q"])
def test_no_word_is_too_long_or_of_unseen_letters(word: str) -> None:
    read = KNOWN.read([word, word])
    assert grams.frequent_words(KNOWN, read, 9) == {}


def test_a_run_and_its_number_are_one() -> None:
    for run in grams.frequent_runs(KNOWN, READ, 1000):
        assert grams.spelled(KNOWN, grams.number(KNOWN, run), len(run)) == run
