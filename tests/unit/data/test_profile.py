"""The profile's figures against numpy's own, over every kind of column, and what it leaves out about people."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millrace.adapters import documents
from millrace.data import profile
from millrace.data.inspection import inspect
from millrace.domain.profile import Booleans, Category, Histogram, Measure, Profile, Role
from millrace.domain.spec import Spec
from tests.admitted import admitted

ROWS = 400
RANDOM = np.random.default_rng(3)
SIZE = RANDOM.lognormal(2.0, 1.0, ROWS)
COLUMNS: dict[str, list[object]] = {
    "size": [None if place % 10 == 0 else value for place, value in enumerate(SIZE.tolist())],
    "double": (SIZE * 2.0).tolist(),
    "flag": ["yes" if place % 4 == 0 else None if place % 4 == 1 else "no" for place in range(ROWS)],
    "since": [f"2024-01-{1 + place % 28:02}" for place in range(ROWS)],
    "city": [f"city {min(place % 40, 30)}" for place in range(ROWS)],
    "email": [f"somebody{place % 150}@example.com" for place in range(ROWS)],
    "born": [f"19{50 + place % 40}-05-05" for place in range(ROWS)],
    "note": [f"note {place % 300}" for place in range(ROWS)],
    "id": [f"row {place}" for place in range(ROWS)],
    "story": [f"the {chr(97 + place % 26)}{chr(97 + place // 26)} story is told here" for place in range(ROWS)],
    "nothing": [None] * ROWS,
    "answer": ["late" if value > 9 else "paid" for value in SIZE],
}
RENAMED = {("date of birth" if name == "born" else name): values for name, values in COLUMNS.items()}


@pytest.fixture(scope="module")
def described() -> Profile:
    return inspect(admitted(RENAMED, Spec(target="answer")), unanswered=5).profile


def test_every_column_has_its_counts(described: Profile) -> None:
    found = {
        column.name: (column.role, column.present, column.missing, column.distinct) for column in described.columns
    }
    assert found == {
        "size": (Role.FEATURE, 360, 40, 360),
        "double": (Role.FEATURE, 400, 0, 400),
        "flag": (Role.FEATURE, 300, 100, 2),
        "since": (Role.FEATURE, 400, 0, 28),
        "city": (Role.FEATURE, 400, 0, 31),
        "email": (Role.FEATURE, 400, 0, 150),
        "date of birth": (Role.FEATURE, 400, 0, 40),
        "note": (Role.FEATURE, 400, 0, 300),
        "id": (Role.LEFT_OUT, 400, 0, 400),
        "story": (Role.FEATURE, 400, 0, 400),
        "nothing": (Role.LEFT_OUT, 0, 400, 0),
        "answer": (Role.TARGET, 400, 5, 2),
    }
    assert (described.rows, described.unanswered, described.sampled) == (400, 5, 400)
    assert not any(column.distinct_is_estimated for column in described.columns)


def test_numbers_are_described_as_numpy_does(described: Profile) -> None:
    column = described.column("size")
    assert column is not None
    assert column.numbers is not None
    present = SIZE[np.arange(ROWS) % 10 != 0]
    numbers = column.numbers
    figures = [numbers.least, numbers.greatest, numbers.mean, numbers.deviation]
    assert figures == pytest.approx([present.min(), present.max(), present.mean(), present.std()])
    assert [each.value for each in numbers.quantiles] == pytest.approx(np.quantile(present, profile.SHARES))
    counts, edges = np.histogram(present, 30)
    assert numbers.histogram.counts == tuple(counts)
    assert numbers.histogram.edges == pytest.approx(edges)


def test_dates_are_seconds(described: Profile) -> None:
    column = described.column("since")
    assert column is not None
    assert column.numbers is not None
    assert (column.numbers.least, column.numbers.greatest) == (1704067200.0, 1706400000.0)


def test_booleans_and_categories_are_counted(described: Profile) -> None:
    flag, city, answer = (described.column(name) for name in ("flag", "city", "answer"))
    assert flag is not None
    assert flag.booleans == Booleans(100, 200)
    assert city is not None
    assert city.categories is not None
    assert city.categories.top[0] == Category("city 30", 100)
    assert len(city.categories.top) == 20
    assert sum(each.rows for each in city.categories.top) + city.categories.rest == ROWS
    assert answer is not None
    assert answer.categories is not None
    assert sum(each.rows for each in answer.categories.top) == ROWS


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("email", "it seems to hold an e-mail address"),
        ("date of birth", "it seems to hold a date of birth"),
        ("note", "it identifies rows: most of its values stand once"),
        ("story", "it is free text"),
        ("id", "it identifies rows: most of its values stand once"),
    ],
)
def test_what_tells_of_a_person_is_counted_and_not_stored(described: Profile, name: str, why: str) -> None:
    column = described.column(name)
    assert column is not None
    assert (column.withheld, column.numbers, column.categories) == (why, None, None)
    stored = documents.dump(described).decode()
    for text in ("somebody1@", "note 1", "is told here", "row 1", "-631152000"):
        assert text not in stored


def test_how_columns_go_together(described: Profile) -> None:
    assert described.correlations.columns == ("size", "double")
    assert described.correlations.matrix[0][1] == pytest.approx(1.0)
    assert described.measure is Measure.CRAMERS_V
    strength = {column.name: column.association for column in described.columns}
    assert strength["double"] is not None
    assert strength["double"] > 0.9
    assert (strength["id"], strength["story"], strength["answer"]) == (None, None, None)


def test_a_profile_survives_storage(described: Profile) -> None:
    assert documents.load(Profile, documents.dump(described)) == described


def test_a_number_as_target_is_described_as_one() -> None:
    found = inspect(admitted(COLUMNS, Spec(target="double")), unanswered=0).profile
    column = found.column("double")
    assert column is not None
    assert column.numbers is not None
    assert (column.role, found.measure) == (Role.TARGET, Measure.ETA)


def test_a_long_value_is_cut() -> None:
    columns: dict[str, list[object]] = {"text": ["x" * 200, "y"] * 20, "answer": ["a", "b"] * 20}
    column = inspect(admitted(columns), unanswered=0).profile.column("text")
    assert column is not None
    assert column.categories is not None
    assert {len(each.value) for each in column.categories.top} == {80, 1}


def test_costly_figures_are_of_a_sample_and_the_others_of_all_rows() -> None:
    rows = admitted(COLUMNS, Spec(target="answer"))
    found = profile.describe(rows, rows.sample(100), {}, 0)
    assert (found.rows, found.sampled) == (400, 100)
    assert [column.present + column.missing for column in found.columns] == [400] * len(COLUMNS)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40))
def test_any_finite_numbers_can_be_described(values: list[float]) -> None:
    numbers = profile._numbers(np.array(values) + 0.0)
    assert sum(numbers.histogram.counts) == len(values)
    assert len(numbers.histogram.edges) == len(numbers.histogram.counts) + 1
    quantiles = [each.value for each in numbers.quantiles]
    for value in (numbers.mean, numbers.deviation, *quantiles, *numbers.histogram.edges):
        assert math.isfinite(value)
    assert numbers.least <= min(quantiles)
    assert max(quantiles) <= numbers.greatest
    documents.dump(numbers)


def test_one_value_is_one_bin() -> None:
    assert profile.histogram(np.full(3, 7.0), 7.0, 7.0) == Histogram((7.0, 7.0), (3,))
