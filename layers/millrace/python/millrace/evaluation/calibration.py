"""Probabilities that come true as often as they say: a map learned from out-of-fold ones, the simplest that pays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from sklearn.isotonic import isotonic_regression

from millrace.evaluation import metrics
from millrace.evaluation.metrics import Floats, Index

TINY = 1e-15  # what a probability of 0 counts as where its logarithm is taken
FOLDS = 5
JUDGED_ROWS = 20_000  # that maps are compared on, and
FITTED_ROWS = 100_000  # that the chosen one learns from: more move it by less than anyone can tell
LEAST_GAIN = 0.001  # of the log loss, as a share of it, for which a map with more freedom is taken
ISOTONIC_ROWS = 1_000  # Niculescu-Mizil and Caruana, "Predicting good probabilities with supervised learning", 2005
ISOTONIC_CLASSES = 20  # with more, the graph's tensors grow out of proportion
TILT = 1e-6  # how much an isotonic map rises at least from 0 to 1, so that it ties no rows where it lies level
KNOTS = {True: 64, False: 16}  # at most, of the map of two classes, and of each of more


class Calibration(Protocol):
    """A map of probabilities, [rows, classes] each, that says which of two rows is likelier as they did, or nearly."""

    @property
    def step(self) -> str:
        """Its name and version."""
        ...

    def apply(self, probabilities: Floats) -> Floats:
        """Calibrated probabilities, of the same shape."""
        ...


@dataclass(frozen=True, slots=True)
class AsIs:
    """Probabilities that were right."""

    step: str = "uncalibrated/1"

    def apply(self, probabilities: Floats) -> Floats:
        """The same."""
        return probabilities


@dataclass(frozen=True, slots=True)
class Temperature:
    """Each probability to the power `sharpness`, then in proportion: 1 / temperature of a softmax's scores.

    Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", 2017.
    """

    sharpness: float
    step: str = "temperature/1"

    def apply(self, probabilities: Floats) -> Floats:
        """Calibrated probabilities."""
        scores = self.sharpness * np.log(np.maximum(probabilities, TINY))
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Platt:
    """Of two classes, the logistic function of `slope` * log-odds + `shift`.

    Platt, "Probabilistic outputs for support vector machines", 1999, on log-odds.
    """

    slope: float
    shift: float
    step: str = "platt/1"

    def apply(self, probabilities: Floats) -> Floats:
        """Calibrated probabilities."""
        positive = np.exp(-np.logaddexp(0.0, -(self.slope * _log_odds(probabilities) + self.shift)))
        return np.stack([1.0 - positive, positive], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Isotonic:
    """A rising broken line for the second of two classes, or for each of more, which are then brought to a sum of 1.

    Line c is `base[c]` + sum over i of `slopes[c, i]` * (p - `knots[c, i]`, between 0 and `widths[c, i]`); all are of
    shape [lines, pieces]. It goes through the middles of isotonic regression's steps (Oron and Flournoy, "Centered
    isotonic regression", 2017), so that rows stay in their order where steps would tie them.
    """

    base: Floats
    knots: Floats
    widths: Floats
    slopes: Floats
    step: str = "isotonic/1"

    def apply(self, probabilities: Floats) -> Floats:
        """Calibrated probabilities."""
        if len(self.base) == 1:
            positive = self._line(0, probabilities[:, 1])
            return np.stack([1.0 - positive, positive], axis=1)
        lines = np.stack([self._line(k, probabilities[:, k]) for k in range(len(self.base))], axis=1)
        return np.asarray(lines / lines.sum(axis=1, keepdims=True), dtype=np.float64)

    def _line(self, k: int, values: Floats) -> Floats:
        inside = np.minimum(np.maximum(values[:, np.newaxis] - self.knots[k], 0.0), self.widths[k])
        return np.asarray(self.base[k] + inside @ self.slopes[k], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The map, and by the name of each that was tried its log loss on rows that it did not learn from."""

    calibration: Calibration
    losses: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    probabilities: Floats
    truth: Index
    weights: Floats
    parts: Index | None

    @property
    def pairs(self) -> list[tuple[Index, Index]]:
        """Rows that maps learn from and rows they are then judged on: folds with classes dealt out evenly, or time."""
        if self.parts is not None:
            later = np.unique(self.parts)[1:]
            return [(np.flatnonzero(self.parts < part), np.flatnonzero(self.parts == part)) for part in later]
        fold = np.empty(len(self.truth), dtype=np.int64)
        fold[np.argsort(self.truth, kind="stable")] = np.arange(len(self.truth)) % FOLDS
        pairs = [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(FOLDS)]
        return [pair for pair in pairs if len(pair[1])]


Fit = Callable[[Floats, Index, Floats], Calibration]  # of probabilities, truth and weights


def choose(
    probabilities: Floats, truth: Index, *, weights: Floats | None = None, parts: Index | None = None, seed: int
) -> Chosen:
    """Learn the map from out-of-fold `probabilities` [rows, classes] and `truth` [rows].

    From the simplest on, one with more freedom is taken where its cross-validated log loss is less by more than the
    standard error of the difference, and by `LEAST_GAIN`. Of many rows some are drawn; some must weigh more than 0.
    `parts` [rows] number the parts of time that rows are of: a map is then judged on each part but the first by what it
    learned from older ones, and may only make probabilities less sure or surer: a shift is of the models of the past,
    and not of one that learned from all of it. Of one part nothing is learned.
    """
    weighs = np.ones(len(truth)) if weights is None else weights
    order = np.random.default_rng(seed).permutation(np.flatnonzero(weighs > 0.0))
    judged, fitted = (
        _Rows(probabilities[some], truth[some], weighs[some], None if parts is None else parts[some])
        for some in (order[:JUDGED_ROWS], order[:FITTED_ROWS])
    )
    pairs = judged.pairs
    losses: dict[str, Floats] = {}
    methods, taken = _methods(probabilities, of_time=parts is not None) if pairs else {"none": fit_none}, "none"
    for name, fit in methods.items():
        losses[name] = _losses(fit, judged, pairs)
        gains = losses[taken] - losses[name]
        error = float(gains.std()) / np.sqrt(len(gains))
        if float(gains.mean()) > max(error, LEAST_GAIN * float(losses[taken].mean())):
            taken = name
    learned = methods[taken](fitted.probabilities, fitted.truth, fitted.weights)
    return Chosen(learned, {name: float(each.mean()) for name, each in losses.items()})


def fit_none(probabilities: Floats, truth: Index, weights: Floats) -> Calibration:  # noqa: ARG001  # a row of `_methods`
    """Leave probabilities as they are."""
    return AsIs()


def fit_temperature(probabilities: Floats, truth: Index, weights: Floats) -> Temperature:
    """The temperature of the least log loss, from 1/20 to 20."""
    logs = np.log(np.maximum(probabilities, TINY))
    rows = np.arange(len(truth))

    def loss(exponent: float) -> float:
        scores = np.exp(exponent) * logs
        scores -= scores.max(axis=1, keepdims=True)
        return float(np.average(np.log(np.exp(scores).sum(axis=1)) - scores[rows, truth], weights=weights))

    found = minimize_scalar(loss, bounds=(-np.log(20.0), np.log(20.0)), method="bounded", options={"xatol": 1e-6})
    return Temperature(_short(np.exp(found.x)))


def fit_platt(probabilities: Floats, truth: Index, weights: Floats) -> Platt:
    """Slope and shift of the least log loss, towards targets that are a row's worth short of 0 and 1 as Platt's are."""
    odds = _log_odds(probabilities)
    positives, negatives = float(weights[truth == 1].sum()), float(weights[truth == 0].sum())
    target = np.where(truth == 1, (positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0))

    def loss(line: Floats) -> tuple[float, Floats]:
        scores = line[0] * odds + line[1]
        said = np.exp(-np.logaddexp(0.0, -scores))
        errors = weights * (said - target)
        total = float((weights * (np.logaddexp(0.0, scores) - target * scores)).sum())
        return total / len(odds), np.array([errors @ odds, errors.sum()]) / len(odds)

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(1e-3, None), (None, None)])
    return Platt(_short(found.x[0]), _short(found.x[1]))


def fit_isotonic(probabilities: Floats, truth: Index, weights: Floats) -> Isotonic:
    """One line for two classes, else one for each."""
    classes = probabilities.shape[1]
    judged = [1] if classes == 2 else range(classes)
    lines = [_line(probabilities[:, k], truth == k, weights, KNOTS[classes == 2]) for k in judged]
    size = max(len(x) for x, _ in lines) - 1
    base = np.array([y[0] for _, y in lines])
    knots, widths, slopes = (np.zeros((len(lines), size)) for _ in range(3))
    for k, (x, y) in enumerate(lines):
        pieces = slice(0, len(x) - 1)
        knots[k, pieces], widths[k, pieces], slopes[k, pieces] = x[:-1], np.diff(x), np.diff(y) / np.diff(x)
    return Isotonic(base, knots, widths, slopes)


def _methods(probabilities: Floats, *, of_time: bool) -> Mapping[str, Fit]:
    """What may be learned from so many rows and classes, the simplest first."""
    rows, classes = probabilities.shape
    found: dict[str, Fit] = {"none": fit_none, "temperature": fit_temperature}
    if of_time:
        return found
    if classes == 2:
        found["platt"] = fit_platt
    if rows >= ISOTONIC_ROWS and classes <= ISOTONIC_CLASSES:
        found["isotonic"] = fit_isotonic
    return found


def _losses(fit: Fit, rows: _Rows, pairs: Sequence[tuple[Index, Index]]) -> Floats:
    """Weighted log losses of the rows that are judged, each under a map that learned from others."""
    losses = []
    for inside, outside in pairs or [(np.arange(0), np.arange(len(rows.truth)))]:
        learned = fit(rows.probabilities[inside], rows.truth[inside], rows.weights[inside])
        found = metrics.log_losses(rows.truth[outside], learned.apply(rows.probabilities[outside]))
        losses.append(found * rows.weights[outside] / rows.weights.mean())
    return np.concatenate(losses)


def _line(values: Floats, happened: NDArray[np.bool_], weights: Floats, most: int) -> tuple[Floats, Floats]:
    """At most `most` points from (0, nearly 0) to (1, nearly 1), rising."""
    x, place = np.unique(values, return_inverse=True)
    every = np.bincount(place, weights).astype(np.float64)
    there = every > 0.0
    x, weight, hits = x[there], every[there], np.bincount(place, weights * happened)[there]
    steps = isotonic_regression(hits / weight, sample_weight=weight)
    block = np.cumsum(np.append(0, np.diff(steps) > 0.0))
    if block[-1] > most - 3:
        block = _joined(block, weight, most - 2)
    total = np.bincount(block, weight)
    centre, share = np.bincount(block, weight * x) / total, np.bincount(block, weight * steps) / total
    least = 1.0 / (len(values) + 2.0)  # what so many rows can't tell from 0
    inner = _shorts(centre)
    inside = np.flatnonzero((inner > 0.0) & (inner < 1.0) & np.append(True, np.diff(inner) > 0.0))
    points = np.concatenate([[0.0], inner[inside], [1.0]])
    heights = np.clip(np.concatenate([[0.0], _shorts(share[inside]), [1.0]]), least, 1.0 - least)
    return points, heights * (1.0 - TILT) + TILT * points


def _joined(block: Index, weight: Floats, count: int) -> Index:
    """Neighbouring blocks put together to at most `count` of about equal weight."""
    middle = np.bincount(block, weight * (np.cumsum(weight) - weight / 2.0)) / np.bincount(block, weight)
    numbers = np.minimum((middle / weight.sum() * count).astype(np.int64), count - 1)
    return np.unique(numbers, return_inverse=True)[1][block].astype(np.int64)


def _log_odds(probabilities: Floats) -> Floats:
    logs: Floats = np.log(np.maximum(probabilities, TINY))
    return np.asarray(logs[:, 1] - logs[:, 0], dtype=np.float64)


def _short(value: float) -> float:
    """The same in FP32, so that the last bits of a solver's arithmetic, which differ between machines, are gone."""
    return float(np.float32(value))


def _shorts(values: Floats) -> Floats:
    return values.astype(np.float32).astype(np.float64)
