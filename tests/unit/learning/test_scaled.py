from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millrace.data.table import Table
from millrace.domain.schema import Column, Kind
from millrace.learning import scaled
from millrace.learning.scaled import CYCLES, KNOTS, SOFT
from millrace.learning.trainer import Floats

NUMBER = Column("n", Kind.NUMBER)


def table(values: Floats | list[float]) -> Table:
    return Table({"n": np.asarray(values, dtype=np.float64)}, len(values))


def bent(z: Floats) -> Floats:
    return np.asarray(z / np.sqrt(1 + (z / SOFT) ** 2), dtype=np.float64)


def test_numbers_are_filled_centred_scaled_bent_and_flagged() -> None:
    fitted = scaled.fit(table([1.0, 3.0, 5.0, np.nan]), [NUMBER], hinges=False)
    spread = 2.0 / 1.349  # between the quartiles, as of a normal variable
    expected = np.array([[0.0, 0.0], [0.0, 1.0], [float(bent(np.array(10.0 / spread))), 0.0]])
    np.testing.assert_allclose(fitted.transform(table([3.0, np.nan, 13.0])), expected, rtol=1e-6)
    assert fitted.width == 2


def test_only_what_was_missing_in_training_is_flagged() -> None:
    fitted = scaled.fit(table([1.0, 3.0, 5.0]), [NUMBER], hinges=False)
    assert fitted.transform(table([np.nan, np.inf])).tolist() == [[0.0], [0.0]]


def test_a_normal_variable_has_deviation_one() -> None:
    values = np.random.default_rng(0).normal(40.0, 12.0, 20_000)
    fitted = scaled.fit(table(values), [NUMBER], hinges=False)
    assert fitted.centre[0] == pytest.approx(40.0, abs=0.3)
    assert fitted.scale[0] == pytest.approx(12.0, rel=0.03)


@given(st.lists(st.floats(allow_nan=True, width=64), min_size=1, max_size=30))
@settings(max_examples=80, deadline=None)
def test_nothing_goes_beyond_and_order_is_kept(values: list[float]) -> None:
    found = scaled.fit(table(values), [NUMBER], hinges=False).transform(table(values))[:, 0]
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= SOFT
    there = np.array(values)
    order = np.argsort(there[np.isfinite(there)], kind="stable")
    assert (np.diff(found[np.isfinite(there)][order]) >= 0).all()


@pytest.mark.parametrize("values", [(7.0, 7.0), (0.0, 0.0), (np.nan, np.nan), (1e308, -1e308), (1e-300, 3e-300)])
@pytest.mark.parametrize("hinges", [True, False])
def test_extreme_columns_stay_finite(values: tuple[float, float], hinges: bool) -> None:
    rows = table(list(values))
    assert np.isfinite(scaled.fit(rows, [NUMBER], hinges=hinges).transform(rows)).all()


def test_what_is_far_out_is_as_far_as_can_be() -> None:
    """Its square overflows, and was once divided by."""
    fitted = scaled.fit(table([0.0, 1.0, 2.0]), [NUMBER], hinges=False)
    assert fitted.transform(table([1e300, -1e300, 1.7e308]))[:, 0].tolist() == [SOFT, -SOFT, SOFT]


def test_a_column_of_mostly_one_value_is_measured_by_its_deviation() -> None:
    values = np.zeros(100)
    values[:10] = 8.0
    assert scaled.fit(table(values), [NUMBER], hinges=False).scale[0] == pytest.approx(values.std())


def test_hinges_bend_at_quantiles() -> None:
    values = np.random.default_rng(0).normal(size=1_000)
    fitted = scaled.fit(table(values), [NUMBER], hinges=True)
    assert (len(fitted.knots), fitted.width) == (KNOTS, 1 + KNOTS)
    shares = [(fitted.transform(table(values))[:, 0] <= knot).mean() for knot in fitted.knots]
    np.testing.assert_allclose(shares, np.arange(1, KNOTS + 1) / (KNOTS + 1), atol=0.01)
    hinges = fitted.transform(table(values))[:, 1:]
    np.testing.assert_allclose((hinges > 0).mean(axis=0), 1.0 - np.array(shares), atol=1e-9)


def test_what_has_two_values_has_no_hinge() -> None:
    assert len(scaled.fit(table([0.0, 1.0] * 10), [NUMBER], hinges=True).knots) == 0


def test_what_begins_anew_lies_on_a_circle() -> None:
    """December is next to January, Sunday to Monday, midnight to eleven at night."""
    days = [dt.datetime(2023, month, 10, tzinfo=dt.UTC) for month in range(1, 13)]
    hours = [dt.datetime(2024, 5, 6, hour, tzinfo=dt.UTC) for hour in range(24)]
    weekdays = [dt.datetime(2024, 5, day, tzinfo=dt.UTC) for day in range(6, 13)]
    for place, moments in enumerate((days, weekdays, hours)):
        seconds = np.array([moment.timestamp() for moment in moments])
        rows = Table({"d": seconds}, len(seconds))
        fitted = scaled.fit(rows, [Column("d", Kind.DATE)], hinges=False)
        circle = fitted.transform(rows)[:, -2 * len(CYCLES) :].reshape(len(seconds), 2, len(CYCLES))[:, :, place]
        np.testing.assert_allclose((circle**2).sum(axis=1), 1.0, rtol=1e-5)
        steps = np.linalg.norm(circle - np.roll(circle, 1, axis=0), axis=1)
        np.testing.assert_allclose(steps, steps[0], rtol=1e-4)
        missing = fitted.transform(Table({"d": np.array([np.nan, np.inf])}, 2))
        assert (missing[:, -2 * len(CYCLES) :] == 0.0).all()
