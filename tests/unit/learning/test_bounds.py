"""How many rows a search and a fit take."""

from __future__ import annotations

import numpy as np
import pytest

from millrace.domain.spec import Task
from millrace.learning import bounds, encode
from tests import rows

COUNT = 400


@pytest.mark.parametrize("task", Task)
def test_what_fits_is_taken_whole_and_nothing_is_said(task: Task) -> None:
    table, answers = rows.typed(COUNT, task)
    places = np.random.default_rng(0).random(COUNT)
    searched = bounds.for_search(answers, rows.schema(task), places)
    fitted = bounds.for_fit(table, answers, rows.schema(task), places, searched)
    assert searched.tolist() == fitted.tolist() == list(range(COUNT))
    assert bounds.decisions(searched, fitted, COUNT) == ()


def test_what_does_not_fit_is_chosen_by_hash_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    table, answers = rows.typed(COUNT, Task.BINARY)
    schema = rows.schema(Task.BINARY)
    places = np.random.default_rng(0).random(COUNT)
    monkeypatch.setattr(bounds, "SEARCH_ROWS", 150)
    searched = bounds.for_search(answers, schema, places)
    assert len(searched) == 150
    width = encode.fit(table.take(searched), schema.features, scaled=True).width
    monkeypatch.setattr(bounds, "FIT_CELLS", 200 * width)
    fitted = bounds.for_fit(table, answers, schema, places, searched)
    assert len(fitted) == 200
    assert set(searched) <= set(fitted)
    search, fit = bounds.decisions(searched, fitted, COUNT)
    assert (search.what, search.choice, fit.what, fit.choice) == ("rows of the search", "150", "rows of the fit", "200")
    assert "400 training rows" in search.why
    turned = bounds.for_search(answers[::-1], schema, places[::-1])
    assert sorted(COUNT - 1 - turned) == searched.tolist()  # the same rows in whatever order they stand


def test_a_rare_class_keeps_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "SEARCH_ROWS", 100)
    answers = np.zeros(10_000, dtype=np.int64)
    answers[:3], answers[3:103] = 1, 2
    chosen = bounds.for_search(answers, rows.schema(Task.MULTICLASS), np.random.default_rng(0).random(10_000))
    assert np.bincount(answers[chosen]).tolist()[1:] == [3, bounds.LEAST]
    assert len(chosen) < 100 + 3 + bounds.LEAST + 1
