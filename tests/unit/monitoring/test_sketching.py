"""Captured rows are counted in the baseline's cells, and counts add up whatever the rows were cut into."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from millrace.adapters import documents
from millrace.domain.baseline import Baseline
from millrace.domain.schema import MISSING_TOKEN, Column, Kind, Schema
from millrace.domain.sketch import Sketch, empty
from millrace.domain.spec import Task
from millrace.monitoring.baseline import HeldOut, describe
from millrace.monitoring.sketching import sketch

SCHEMA = Schema(
    (
        Column("age", Kind.NUMBER),
        Column("member", Kind.BOOLEAN),
        Column("since", Kind.DATE),
        Column("city", Kind.CATEGORY, missing=MISSING_TOKEN),
    ),
    "risk",
    Task.BINARY,
    ("bad", "good"),
)
Values = dict[str, NDArray[Any]]


def rows(count: int, seed: int = 0) -> tuple[Values, NDArray[Any], NDArray[Any]]:
    random = np.random.default_rng(seed)
    good = random.random(count)
    columns: Values = {
        "age": np.where(random.random(count) < 0.1, np.nan, np.round(random.normal(40, 9, count))),
        "member": np.where(random.random(count) < 0.1, np.nan, random.integers(0, 2, count)),
        "since": random.uniform(0, 1e9, count),
        "city": random.choice(np.array(["Paris", "Köln", MISSING_TOKEN], dtype=object), count),
    }
    return columns, np.where(good > 0.5, "good", "bad").astype(object), np.stack([1 - good, good], axis=1)


def baseline(count: int = 500) -> Baseline:
    columns, labels, probabilities = rows(count)
    return describe(SCHEMA, columns, HeldOut(labels, probabilities))


def test_every_row_is_present_missing_or_unreadable() -> None:
    columns, labels, probabilities = rows(300, seed=1)
    made = sketch(baseline(), columns, {"age": 2}, labels, probabilities)
    for name, column in zip(columns, made.columns, strict=True):
        assert sum(column.counts) == column.present
        assert column.present + column.missing + column.unreadable == made.rows == 300, name
    age = columns["age"]
    assert made.columns[0].unreadable == 2
    assert made.columns[0].missing == np.isnan(age).sum() - 2
    assert made.columns[3].missing == (columns["city"] == MISSING_TOKEN).sum()
    assert (made.columns[0].least, made.columns[0].greatest) == (np.nanmin(age), np.nanmax(age))
    assert made.scores is not None
    assert made.scores.present == made.predictions.present == 300


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_pieces_add_up_to_the_whole_in_either_shape(shape: tuple[int, ...]) -> None:
    known = baseline()
    columns, labels, probabilities = rows(1000, seed=2)
    whole = sketch(known, columns, {}, labels, probabilities)
    pieces = [
        sketch(
            known,
            {name: values[part].reshape(shape) for name, values in columns.items()},
            {},
            labels[part],
            probabilities[part],
        )
        for part in (slice(0, 1), slice(1, 400), slice(400, 1000))
    ]
    assert functools.reduce(Sketch.plus, pieces, empty(known)) == whole


def test_the_training_rows_themselves_are_the_baseline_s_counts() -> None:
    known = baseline()
    columns, labels, probabilities = rows(500)
    made = sketch(known, columns, {}, labels, probabilities)
    for before, now in zip((*known.columns, known.predictions), (*made.columns, made.predictions), strict=True):
        assert before.counts == now.counts
        assert (before.present, before.missing) == (now.present, now.missing)
        assert (before.least, before.greatest) == (now.least, now.greatest)
    assert known.scores is not None
    assert made.scores is not None
    assert known.scores.counts == made.scores.counts


def test_of_a_column_that_is_not_captured_nothing_is_said() -> None:
    columns, labels, probabilities = rows(100)
    del columns["age"]
    made = sketch(baseline(), columns, {}, labels, probabilities).columns[0]
    assert (made.present, made.missing, sum(made.counts)) == (0, 0, 0)


def test_a_sketch_and_a_baseline_are_read_back_as_they_were_stored() -> None:
    known = baseline()
    columns, labels, probabilities = rows(100)
    made = sketch(known, columns, {}, labels, probabilities)
    assert documents.load(Sketch, documents.dump(made)) == made
    assert documents.load(Baseline, documents.dump(known)) == known


def test_a_long_text_is_told_by_its_beginning_on_both_sides() -> None:
    schema = Schema((Column("note", Kind.CATEGORY, missing=MISSING_TOKEN),), "y", Task.REGRESSION)
    notes = np.array(["a" * 500, "b" * 500] * 50, dtype=object)
    known = describe(schema, {"note": notes}, HeldOut(np.arange(10.0)))
    assert max(map(len, known.columns[0].cells.values)) == 80
    assert sketch(known, {"note": notes}, {}, np.zeros(100)).columns[0].counts == (50, 50, 0)
