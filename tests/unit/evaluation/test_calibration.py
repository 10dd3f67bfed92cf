"""A map of probabilities is learned where it pays, and the simplest that does."""

from __future__ import annotations

import time

import numpy as np
import pytest

from millrace.domain.spec import Task
from millrace.evaluation import calibration, metrics
from millrace.evaluation.calibration import AsIs, Isotonic, Platt, Temperature
from millrace.evaluation.metrics import Floats, Index
from millrace.learning.link import Link

Rows = tuple[Index, Floats]


def drawn(rows: int, classes: int, seed: int = 0) -> Rows:
    """Truth and probabilities [rows, classes] that are right."""
    random = np.random.default_rng(seed)
    right = Link(Task.MULTICLASS, classes).apply(random.normal(0.0, 1.5, (rows, classes)))
    return (right.cumsum(axis=1) < random.random((rows, 1))).sum(axis=1).clip(0, classes - 1), right


def two(positive: Floats) -> Floats:
    return np.stack([1.0 - positive, positive], axis=1)


def sharpened(probabilities: Floats, power: float) -> Floats:
    raised = probabilities**power
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float64)


def odd(probabilities: Floats) -> Floats:
    """Right but for a shape that no logistic line has."""
    return two(np.interp(probabilities[:, 1], [0.0, 0.3, 0.6, 1.0], [0.0, 0.05, 0.9, 1.0]))


@pytest.mark.parametrize("classes", [2, 3, 30])
@pytest.mark.parametrize("seed", range(5))
def test_right_probabilities_are_left_alone(classes: int, seed: int) -> None:
    truth, right = drawn(3_000, classes, seed)
    found = calibration.choose(right, truth, seed=seed)
    assert found.calibration == AsIs()
    np.testing.assert_array_equal(found.calibration.apply(right), right)
    assert set(found.losses) == {"none", "temperature"} | ({"platt"} if classes == 2 else set()) | (
        {"isotonic"} if classes <= 20 else set()
    )


@pytest.mark.parametrize("classes", [2, 3, 30])
def test_overconfident_ones_get_a_temperature(classes: int) -> None:
    truth, right = drawn(3_000, classes)
    sure = sharpened(right, 2.5)
    found = calibration.choose(sure, truth, seed=0)
    assert isinstance(found.calibration, Temperature)
    assert found.calibration.sharpness == pytest.approx(0.4, abs=0.05)
    assert found.losses["temperature"] < 0.95 * found.losses["none"]
    np.testing.assert_allclose(found.calibration.apply(sure), right, atol=0.06)


def test_a_shift_of_two_classes_gets_platt_s_line() -> None:
    truth, right = drawn(3_000, 2)
    shifted = sharpened(right * np.array([4.0, 1.0]), 1.0)
    found = calibration.choose(shifted, truth, seed=0)
    assert isinstance(found.calibration, Platt)
    assert (found.calibration.slope, found.calibration.shift) == pytest.approx((1.0, np.log(4.0)), abs=0.15)


def test_another_shape_gets_a_broken_line_where_rows_are_many() -> None:
    truth, right = drawn(20_000, 2)
    found = calibration.choose(odd(right), truth, seed=0)
    assert isinstance(found.calibration, Isotonic)
    assert found.calibration.knots.shape[1] <= calibration.KNOTS[True] - 1
    np.testing.assert_allclose(found.calibration.apply(odd(right)), right, atol=0.08)
    few = calibration.choose(odd(right)[:900], truth[:900], seed=0)
    assert "isotonic" not in few.losses


def test_of_more_classes_each_has_its_line() -> None:
    truth, right = drawn(30_000, 3)
    bent = np.stack([np.sqrt(right[:, 0]), right[:, 1] ** 2, right[:, 2]], axis=1)
    wrong = np.asarray(bent / bent.sum(axis=1, keepdims=True), dtype=np.float64)
    found = calibration.choose(wrong, truth, seed=0)
    assert isinstance(found.calibration, Isotonic)
    assert found.calibration.knots.shape[0] == 3
    assert found.calibration.knots.shape[1] <= calibration.KNOTS[False] - 1
    given = found.calibration.apply(wrong)
    np.testing.assert_allclose(given.sum(axis=1), 1.0, rtol=1e-12)
    assert metrics.log_loss(truth, given) < metrics.log_loss(truth, wrong) - 0.01


MAPS: dict[str, calibration.Fit] = {
    "temperature": calibration.fit_temperature,
    "platt": calibration.fit_platt,
    "isotonic": calibration.fit_isotonic,
}


@pytest.mark.parametrize("name", MAPS)
def test_a_map_keeps_the_order_of_rows_and_stays_inside(name: str) -> None:
    truth, right = drawn(2_000, 2)
    learned = MAPS[name](odd(right), truth, np.ones(len(truth)))
    grid = two(np.concatenate([[0.0, 1e-300, 1e-9], np.linspace(1e-4, 1.0 - 1e-4, 5_000), [1.0 - 1e-9, 1.0]]))
    given = learned.apply(grid)
    assert (np.diff(given[:, 1]) >= 0.0).all()
    assert (np.diff(given[3:-2, 1]) > 0.0).all()
    assert given.min() > 0.0
    np.testing.assert_allclose(given.sum(axis=1), 1.0, rtol=1e-12)
    assert metrics.auc(truth, learned.apply(odd(right))) == pytest.approx(metrics.auc(truth, odd(right)), abs=1e-9)


@pytest.mark.parametrize("name", MAPS)
def test_weights_count_as_rows_do(name: str) -> None:
    truth, right = drawn(1_500, 2)
    often = np.random.default_rng(1).integers(0, 4, len(truth))
    repeated = np.repeat(np.arange(len(truth)), often)
    one = MAPS[name](right, truth, often.astype(np.float64)).apply(right)
    other = MAPS[name](right[repeated], truth[repeated], np.ones(len(repeated))).apply(right)
    np.testing.assert_allclose(one, other, atol=1e-3)


def test_rows_without_weight_teach_nothing() -> None:
    truth, right = drawn(6_000, 2)
    weights = np.repeat([1.0, 0.0], 3_000)
    found = calibration.choose(odd(right), np.where(weights > 0.0, truth, 1 - truth), weights=weights, seed=0)
    alone = calibration.choose(odd(right)[:3_000], truth[:3_000], seed=0)
    assert found.losses == pytest.approx(alone.losses, rel=0.02)
    np.testing.assert_allclose(found.calibration.apply(right), alone.calibration.apply(right), atol=1e-3)


@pytest.mark.parametrize("positive", [np.zeros(40), np.ones(40), np.full(40, 0.5), np.tile([0.0, 1.0], 20)])
@pytest.mark.parametrize("truth", [np.zeros(40, dtype=np.int64), np.tile([0, 1], 20), np.tile([1, 0], 20)])
def test_degenerate_rows_break_nothing(positive: Floats, truth: Index) -> None:
    found = calibration.choose(two(positive), truth, seed=0)
    for learned in (found.calibration, *(fit(two(positive), truth, np.ones(40)) for fit in MAPS.values())):
        given = learned.apply(two(positive))
        assert np.isfinite(given).all()
        np.testing.assert_allclose(given.sum(axis=1), 1.0, rtol=1e-12)


def test_many_rows_take_no_time_and_the_seed_decides() -> None:
    truth, right = drawn(1_000_000, 2)
    started = time.monotonic()
    found = calibration.choose(odd(right), truth, seed=3)
    assert time.monotonic() - started < 20.0
    some = odd(right)[:2_000], truth[:2_000]
    assert calibration.choose(*some, seed=3).losses == calibration.choose(*some, seed=3).losses
    assert isinstance(found.calibration, Isotonic)


def test_a_shift_that_models_of_the_past_had_is_not_learned() -> None:
    """Nor by folds dealt at random, which would see both: a map of the past is judged on what came after it."""
    truth, right = drawn(6_000, 2)
    parts = np.arange(6_000) // 1_000
    turned = parts % 2 == 1  # too sure of the first in one part of time, of the second in the next
    odds = np.log(right[:, 1] / right[:, 0]) + np.where(turned, 2.0, -1.0)
    said = two(1 / (1 + np.exp(-odds)))
    assert isinstance(calibration.choose(said, truth, seed=0).calibration, Platt | Isotonic)
    found = calibration.choose(said, truth, parts=parts, seed=0)
    assert found.losses.keys() == {"none", "temperature"}
    assert isinstance(found.calibration, Temperature)  # less sure of either, which holds at all times


def test_what_stays_wrong_is_learned_forward_in_time_too() -> None:
    truth, right = drawn(6_000, 2)
    found = calibration.choose(sharpened(right, 3.0), truth, parts=np.arange(6_000) // 1_000, seed=0)
    assert isinstance(found.calibration, Temperature)
    assert found.calibration.sharpness == pytest.approx(1 / 3, rel=0.1)


def test_of_one_part_of_time_nothing_is_learned() -> None:
    truth, right = drawn(2_000, 2)
    found = calibration.choose(sharpened(right, 3.0), truth, parts=np.zeros(2_000, dtype=np.int64), seed=0)
    assert found.calibration == AsIs()
    assert found.losses.keys() == {"none"}
