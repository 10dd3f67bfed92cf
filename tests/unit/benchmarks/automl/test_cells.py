"""What was measured is found again until something changes that it depends on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.automl.cells import Cache, Cell, Measured

CELL = Cell("adult", "flaml", 0, 60)
IDENTITY = {"data": "1", "flaml": "2.7.0", "code": "abc"}
MEASURED = Measured({"auc": 0.9}, 59.0, 300.0, 1000, 0.5, 20.0, {"flaml": "2.7.0"}, {"trees": 3.0})


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    found = Cache(tmp_path)
    found.keep(CELL, IDENTITY, MEASURED, np.eye(2))
    return found


def test_figures_and_answers_come_back(cache: Cache) -> None:
    assert cache.find(CELL, dict(reversed(IDENTITY.items()))) == MEASURED
    np.testing.assert_array_equal(cache.answers(CELL, IDENTITY), np.eye(2))


@pytest.mark.parametrize(
    "other",
    [
        replace(CELL, dataset="car"),
        replace(CELL, system="linear"),
        replace(CELL, seed=1),
        replace(CELL, seconds=15),
        replace(CELL, seconds=None),
    ],
    ids=str,
)
def test_another_cell_is_not_this_one(cache: Cache, other: Cell) -> None:
    assert cache.find(other, IDENTITY) is None


@pytest.mark.parametrize("changed", [{"data": "2"}, {"flaml": "2.8.0"}, {"code": "abd"}, {"lightgbm": "5"}])
def test_figures_of_other_data_code_or_versions_are_out_of_date(cache: Cache, changed: dict[str, str]) -> None:
    assert cache.find(CELL, {**IDENTITY, **changed}) is None


def test_a_failure_is_kept_without_answers(cache: Cache) -> None:
    other = replace(CELL, seed=2)
    cache.keep(other, IDENTITY, Measured(error="no"), None)
    assert cache.find(other, IDENTITY) == Measured(error="no")
