"""How many rows a search takes."""

from __future__ import annotations

import numpy as np
import pytest

from millrace.data.split import LEAST
from millrace.domain.spec import Task
from millrace.learning import bounds, encode
from tests import rows

COUNT = 400
MUCH = 10**12  # bytes


def enough_for(count: int, width: int) -> int:
    """Bytes."""
    return bounds.BASE + count * (bounds.ROW + bounds.CELL * width)


@pytest.fixture(autouse=True)
def _of_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "FEWEST", 20)


@pytest.mark.parametrize("task", Task)
def test_what_fits_is_taken_whole_and_nothing_is_said(task: Task) -> None:
    table, answers = rows.typed(COUNT, task)
    places = np.random.default_rng(0).random(COUNT)
    fitted = bounds.for_fit(table, answers, rows.schema(task), places, MUCH)
    assert fitted.tolist() == list(range(COUNT))
    assert bounds.decisions(fitted, COUNT, MUCH) == ()


def test_what_does_not_fit_is_chosen_by_hash_and_said() -> None:
    table, answers = rows.typed(COUNT, Task.BINARY)
    schema = rows.schema(Task.BINARY)
    places = np.random.default_rng(0).random(COUNT)
    memory = enough_for(200, encode.width(table, schema))
    fitted = bounds.for_fit(table, answers, schema, places, memory)
    assert len(fitted) == 200
    (said,) = bounds.decisions(fitted, COUNT, 8_100_000_000)
    assert (said.what, said.choice) == ("rows of the search", "200")
    assert said.why.startswith("there are 400 training rows, and 8.1 GB of memory hold no more")
    assert len(bounds.for_fit(table, answers, schema, places, 0)) >= bounds.FEWEST
    turned = bounds.for_fit(table.take(np.arange(COUNT)[::-1]), answers[::-1], schema, places[::-1], memory)
    assert sorted(COUNT - 1 - turned) == fitted.tolist()  # the same rows in whatever order they stand


def test_a_rare_class_keeps_its_rows() -> None:
    table, _ = rows.typed(2_000, Task.MULTICLASS)
    schema = rows.schema(Task.MULTICLASS)
    memory = enough_for(100, encode.width(table, schema))
    answers = np.zeros(2_000, dtype=np.int64)
    answers[:3], answers[3:103] = 1, 2
    chosen = bounds.for_fit(table, answers, schema, np.random.default_rng(0).random(2_000), memory)
    assert np.bincount(answers[chosen]).tolist()[1:] == [3, LEAST]
    assert len(chosen) < 100 + 3 + LEAST + 1


def test_a_wide_table_is_measured_on_some_of_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    table, answers = rows.typed(COUNT, Task.BINARY)
    seen: list[int] = []
    measure = encode.width

    def width(some: object, schema: object) -> int:
        seen.append(some.rows)  # type: ignore[attr-defined]  # a table
        return measure(some, schema)  # type: ignore[arg-type]  # what it was given

    monkeypatch.setattr(bounds, "SEEN", 60)
    monkeypatch.setattr(encode, "width", width)
    bounds.for_fit(table, answers, rows.schema(Task.BINARY), np.random.default_rng(0).random(COUNT), MUCH)
    assert seen
    assert max(seen) <= 60 + 2 * LEAST
