from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import calibration as peer_calibration
from sklearn import metrics as peer

from millrace.evaluation import curves
from millrace.evaluation.metrics import Floats


def scored(rows: int, seed: int = 0, digits: int = 1) -> tuple[NDArray[np.bool_], Floats]:
    """Scores with ties that say something of the truth."""
    random = np.random.default_rng(seed)
    scores = random.random(rows)
    return random.random(rows) < scores, scores.round(digits)


@pytest.mark.parametrize("seed", range(3))
def test_roc_as_scikit_learn_has_it(seed: int) -> None:
    truth, scores = scored(200, seed)
    found = curves.roc("yes", truth, scores)
    x, y, _ = peer.roc_curve(truth, scores, drop_intermediate=False)
    np.testing.assert_allclose(found.x, x, rtol=1e-5)
    np.testing.assert_allclose(found.y, y, rtol=1e-5)
    assert found.area == pytest.approx(peer.roc_auc_score(truth, scores))
    assert found.label == "yes"


@pytest.mark.parametrize("seed", range(3))
def test_precision_over_recall_as_scikit_learn_has_it(seed: int) -> None:
    truth, scores = scored(200, seed)
    found = curves.precision_recall("yes", truth, scores)
    precision, recall, _ = peer.precision_recall_curve(truth, scores)
    np.testing.assert_allclose(found.x, recall[::-1], rtol=1e-5)
    np.testing.assert_allclose(found.y, precision[::-1], rtol=1e-5)
    assert found.area == pytest.approx(peer.average_precision_score(truth, scores))


@pytest.mark.parametrize("digits", [1, 15])
def test_calibration_as_scikit_learn_has_it(digits: int) -> None:
    truth, scores = scored(500, digits=digits)
    found = curves.calibration("yes", truth, scores)
    observed, predicted = peer_calibration.calibration_curve(truth, scores, n_bins=curves.BINS, strategy="quantile")
    np.testing.assert_allclose(found.predicted, predicted, rtol=1e-5)
    np.testing.assert_allclose(found.observed, observed, rtol=1e-5)
    assert sum(found.counts) == 500
    assert 0 < found.error < 0.1  # honest probabilities


def test_calibration_shows_overconfidence() -> None:
    truth, scores = scored(5000, digits=15)
    bold = np.where(scores > 0.5, 0.99, 0.01)
    found = curves.calibration("yes", truth, bold)
    assert found.error > 0.2
    assert found.observed == pytest.approx((0.25, 0.75), abs=0.05)


def test_a_long_curve_is_thinned_and_stays_where_it_was() -> None:
    truth, scores = scored(20_000, digits=15)
    found = curves.roc("yes", truth, scores)
    x, y, _ = peer.roc_curve(truth, scores)
    assert len(found.x) <= curves.POINTS
    assert (found.x[0], found.y[0], found.x[-1], found.y[-1]) == (0.0, 0.0, 1.0, 1.0)
    assert np.abs(np.interp(x, found.x, found.y) - y).max() < 2.5 / curves.POINTS + 0.01
    assert found.area == pytest.approx(peer.roc_auc_score(truth, scores))


def test_a_thinned_precision_curve_keeps_its_ends() -> None:
    truth, scores = scored(20_000, digits=15)
    found = curves.precision_recall("yes", truth, scores)
    assert 2 < len(found.x) <= curves.POINTS
    assert (found.x[0], found.y[0], found.x[-1]) == (0.0, 1.0, 1.0)
