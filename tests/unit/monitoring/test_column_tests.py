"""Every drift test is a good citizen: it says nothing where there is nothing, and cries wolf as seldom as it claims."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from millrace import monitoring
from millrace.domain.schema import MISSING_TOKEN, Kind
from millrace.monitoring.column_tests import COLUMN_TESTS, ColumnTest
from tests.streams import pair

Values = NDArray[Any]
Draw = Callable[[np.random.Generator, int], Values]
NAN = math.nan


def category(values: int) -> Draw:
    weights = 1.0 / np.arange(1, values + 1)
    names = np.array([*(f"v{each}" for each in range(values - 1)), MISSING_TOKEN], dtype=object)
    return lambda random, count: random.choice(names, count, p=weights / weights.sum())


STREAMS: dict[Kind, dict[str, Draw]] = {
    Kind.NUMBER: {
        "normal": lambda random, count: random.normal(size=count),
        "heavy tails": lambda random, count: random.standard_cauchy(count),
        "mostly nought": lambda random, count: np.where(random.random(count) < 0.8, 0.0, random.normal(size=count)),
        "five values": lambda random, count: random.integers(1, 6, count).astype(np.float64),
        "some missing": lambda random, count: np.where(random.random(count) < 0.3, NAN, random.random(count)),
    },
    Kind.DATE: {"days": lambda random, count: 86_400.0 * random.integers(0, 700, count)},
    Kind.BOOLEAN: {
        "rarely": lambda random, count: (random.random(count) < 0.02).astype(np.float64),
        "evenly": lambda random, count: np.where(random.random(count) < 0.1, NAN, random.integers(0, 2, count)),
    },
    Kind.CATEGORY: {"3 values": category(3), "30 values": category(30), "2,000 values": category(2_000)},
    Kind.TEXT: {"2,000 values": category(2_000)},
}
EMPTY: dict[Kind, Values] = {
    kind: np.full(100, MISSING_TOKEN if kind.is_text else NAN, dtype=object if kind.is_text else np.float64)
    for kind in Kind
}
EACH = [pytest.param(test, kind, id=f"{test.name}-{kind}") for test in COLUMN_TESTS for kind in sorted(test.kinds)]


def test_each_file_of_a_test_has_its_row() -> None:
    folder = Path(monitoring.__path__[0])
    files = {path.stem for path in folder.glob("*.py") if "\ndef measure(" in path.read_text(encoding="utf-8")}
    assert files == {test.name for test in COLUMN_TESTS}
    assert len(files) == len(COLUMN_TESTS)


@pytest.mark.parametrize(("trained", "rows"), [(2_000, 400), (300, 3_000)])
@pytest.mark.parametrize(("test", "kind"), EACH)
def test_without_drift_small_p_values_are_as_rare_as_they_say(
    test: ColumnTest, kind: Kind, trained: int, rows: int
) -> None:
    windows = 100
    for name, draw in STREAMS[kind].items():
        random = np.random.default_rng(abs(trained - rows))
        said = [test.measure(*pair(kind, draw(random, trained), draw(random, rows))) for _ in range(windows)]
        p_values = [each.p_value for each in said if each is not None]
        assert sum(p_value <= 0.05 for p_value in p_values) <= 0.05 * windows + 3.5 * (0.05 * windows) ** 0.5, name
        assert sum(p_value <= 0.001 for p_value in p_values) <= 2, name


@pytest.mark.parametrize(("test", "kind"), EACH)
def test_what_it_says_is_a_number_in_its_range(test: ColumnTest, kind: Kind) -> None:
    random = np.random.default_rng(0)
    shapes = [*(draw(random, 500) for draw in STREAMS[kind].values()), EMPTY[kind], EMPTY[kind][:0]]
    shapes += [each[:1] for each in shapes]
    if not kind.is_text:
        shapes += [np.ones(300), np.zeros(300)]
    if kind is Kind.NUMBER:
        shapes += [np.full(300, 1.7e308), np.linspace(-1.0, 1.0, 300) * 1.7e308, np.linspace(1.0, 1.0 + 1e-13, 300)]
    for before in shapes:
        for now in shapes:
            said = test.measure(*pair(kind, before, now))
            if said is not None:
                assert 0.0 <= said.statistic < math.inf
                assert said.limit > 0.0
                assert 0.0 <= said.p_value <= 1.0
                assert said.says[-1] != "."


@pytest.mark.parametrize(("test", "kind"), EACH)
def test_of_a_column_without_values_on_both_sides_nothing_is_said(test: ColumnTest, kind: Kind) -> None:
    assert test.measure(*pair(kind, EMPTY[kind], EMPTY[kind])) is None
    full = next(iter(STREAMS[kind].values()))(np.random.default_rng(0), 300)
    assert test.measure(*pair(kind, full, full[:0])) is None


def test_the_documentation_has_each_test_with_its_limit() -> None:
    said = (Path(__file__).parents[3] / "docs/drift.md").read_text(encoding="utf-8")
    rows = {row.split("`")[1]: row.split("|") for row in said.splitlines() if row.startswith("| `")}
    for test in COLUMN_TESTS:
        limit = import_module(f"millrace.monitoring.{test.name}").LIMIT
        cell = rows[test.name][4].strip()
        assert limit == (float(cell.split()[0]) / 100 if "of 100" in cell else float(cell)), test.name
