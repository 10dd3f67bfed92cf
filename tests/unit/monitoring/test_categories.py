"""Tests of categories and booleans, against scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from millrace.domain.schema import MISSING_TOKEN, Kind
from millrace.domain.sketch import ColumnSketch
from millrace.monitoring import chi_squared, jensen_shannon, missing_rate, psi, unreadable, unseen_values, value_share
from millrace.monitoring.measured import Measure, Measured
from tests.streams import pair

RANDOM = np.random.default_rng(0)


def texts(**counts: int) -> NDArray[Any]:
    values = np.repeat(np.array([*counts], dtype=object), [*counts.values()])
    return np.where(values == "missing", MISSING_TOKEN, values).astype(object)


def said(measure: Measure, before: NDArray[Any], now: NDArray[Any], kind: Kind = Kind.CATEGORY) -> Measured:
    found = measure(*pair(kind, before, now))
    assert found is not None
    return found


BEFORE, NOW = texts(a=5_000, b=3_000, c=2_000), texts(a=900, b=700, c=400)


def test_chi_squared_is_scipy_s_and_its_effect_is_cohen_s_w() -> None:
    found = said(chi_squared.measure, BEFORE, NOW)
    exact = stats.chi2_contingency([[5_000, 3_000, 2_000], [900, 700, 400]], correction=False)
    assert found.p_value == pytest.approx(exact.pvalue, rel=1e-9)
    assert found.statistic == pytest.approx(np.sqrt(exact.statistic * (1 / 10_000 + 1 / 2_000)))


def test_chi_squared_of_a_boolean() -> None:
    before, now = (np.repeat([0.0, 1.0], counts) for counts in ([700, 300], [60, 40]))
    exact = stats.chi2_contingency([[700, 300], [60, 40]], correction=False)
    assert said(chi_squared.measure, before, now, Kind.BOOLEAN).p_value == pytest.approx(exact.pvalue, rel=1e-9)


def test_values_too_rare_are_one_group() -> None:
    rare = {f"r{number}": 2 for number in range(40)}
    before, now = texts(a=5_000, b=4_920, **rare), texts(a=1_000, b=984, r0=16)
    exact = stats.chi2_contingency([[5_000, 4_920, 80], [1_000, 984, 16]], correction=False)
    assert said(chi_squared.measure, before, now).p_value == pytest.approx(exact.pvalue, rel=1e-9)


@pytest.mark.parametrize("measure", [psi.measure, jensen_shannon.measure])
def test_distances_have_nearly_the_p_value_of_chi_squared_when_small(measure: Measure) -> None:
    exact = said(chi_squared.measure, BEFORE, NOW).p_value
    assert np.log(said(measure, BEFORE, NOW).p_value) == pytest.approx(np.log(exact), rel=0.05)


def test_the_value_that_moved_most_is_told_and_pays_for_having_been_chosen() -> None:
    found = said(value_share.measure, BEFORE, texts(a=950, b=700, c=350))
    assert found.statistic == pytest.approx(0.05)
    exact = stats.fisher_exact([[700, 1_300], [3_000, 7_000]], alternative="greater").pvalue
    assert found.p_value == pytest.approx(3 * 2 * exact, rel=0.3)


def test_new_values_are_seen() -> None:
    now = texts(a=900, b=700, c=340, d=40, e=20)
    found = said(unseen_values.measure, BEFORE, now)
    assert found.statistic == pytest.approx(0.03)
    assert found.p_value < 1e-40
    assert unseen_values.measure(*pair(Kind.CATEGORY, BEFORE, NOW)) is None


def test_in_a_column_of_ever_new_values_some_more_new_ones_are_none() -> None:
    names = np.array([f"v{number}" for number in range(5_000)], dtype=object)
    before, now = RANDOM.choice(names, 10_000), RANDOM.choice(names, 2_000)
    assert said(unseen_values.measure, before, now).statistic < unseen_values.LIMIT
    assert chi_squared.measure(*pair(Kind.CATEGORY, before, now)) is None or (
        said(chi_squared.measure, before, now).p_value > 0.001
    )
    assert said(unseen_values.measure, before[:3_000], now).statistic < unseen_values.LIMIT


def test_missing_values_count_either_way() -> None:
    found = said(missing_rate.measure, BEFORE, texts(a=1_900, missing=100))
    assert (found.statistic, found.p_value < 1e-40) == (0.05, True)
    found = said(missing_rate.measure, texts(a=9_500, missing=500), texts(a=2_000))
    assert (found.statistic, found.p_value < 1e-20) == (0.05, True)
    assert missing_rate.measure(*pair(Kind.CATEGORY, BEFORE, NOW)) is None


def test_values_of_another_kind_are_told_from_missing_ones() -> None:
    before, _ = pair(Kind.NUMBER, np.arange(1_000.0), np.arange(10.0))
    now = ColumnSketch((0,) * before.cells.size, present=0, missing=960, unreadable=40)
    found = unreadable.measure(before, now)
    assert found is not None
    assert found.statistic == 0.04
    assert found.p_value == pytest.approx(stats.fisher_exact([[40, 960], [0, 1_000]], alternative="greater").pvalue)
    assert unreadable.measure(before, ColumnSketch(now.counts, 0, 1_000)) is None
