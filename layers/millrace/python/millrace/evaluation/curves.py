"""ROC, precision over recall, and calibration: what thresholds and probabilities of a class are worth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from millrace.domain.diagnostics import Calibration, Curve
from millrace.evaluation.metrics import Floats

POINTS = 100  # of a curve that is stored
BINS = 10
DIGITS = 6  # more than a picture or a table shows


def roc(label: str, positive: NDArray[np.bool_], scores: Floats) -> Curve:
    """True over false positive rate, one point per distinct score before thinning; both sides must occur."""
    hits, misses = _passed(positive, scores)
    x = np.concatenate([[0.0], misses / misses[-1]])
    y = np.concatenate([[0.0], hits / hits[-1]])
    return _thinned(label, x, y, float(np.trapezoid(y, x)))


def precision_recall(label: str, positive: NDArray[np.bool_], scores: Floats) -> Curve:
    """Precision over recall; the area is the sum of precisions weighted by the recall each adds."""
    hits, misses = _passed(positive, scores)
    recall, precision = hits / hits[-1], hits / (hits + misses)
    area = float((np.diff(recall, prepend=0.0) * precision).sum())
    return _thinned(label, np.concatenate([[0.0], recall]), np.concatenate([[1.0], precision]), area)


def calibration(label: str, positive: NDArray[np.bool_], probabilities: Floats, bins: int = BINS) -> Calibration:
    """Bins between quantiles of the probability, so that each holds about as many rows; equal values stay together."""
    edges = np.quantile(probabilities, np.linspace(0.0, 1.0, bins + 1)[1:-1])
    place = np.searchsorted(edges, probabilities)
    counts = np.bincount(place, minlength=bins)
    used = counts > 0
    predicted, observed = (
        np.bincount(place, weights=values, minlength=bins)[used] / counts[used]
        for values in (probabilities, positive.astype(np.float64))
    )
    error = float(np.average(np.abs(predicted - observed), weights=counts[used]))
    return Calibration(label, rounded(predicted), rounded(observed), tuple(counts[used].tolist()), error)


def rounded(values: Floats) -> tuple[float, ...]:
    """As they are stored."""
    return tuple(float(f"{value:.{DIGITS}g}") for value in values.tolist())


def _passed(positive: NDArray[np.bool_], scores: Floats) -> tuple[Floats, Floats]:
    """How many positive and other rows score at least each distinct score, from the highest on."""
    distinct, place = np.unique(-scores, return_inverse=True)
    hits = np.bincount(place, weights=positive, minlength=len(distinct))
    return np.cumsum(hits), np.cumsum(np.bincount(place, minlength=len(distinct)) - hits)


def _thinned(label: str, x: Floats, y: Floats, area: float) -> Curve:
    """At most `POINTS` of the points, evenly spread along the line; its ends stay."""
    if len(x) > POINTS:
        way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
        near = np.searchsorted(way, np.linspace(0.0, way[-1], POINTS))
        kept = np.unique(np.clip(near, 0, len(x) - 1))
        x, y = x[kept], y[kept]
    return Curve(label, rounded(x), rounded(y), area)
