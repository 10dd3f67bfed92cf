"""How well predictions fit the truth, in one definition per metric; the gate, the leaderboard and people read these."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from millrace.domain.spec import Metric

Floats = NDArray[np.float64]
Index = NDArray[np.int64]

CLIP = 1e-15  # a probability of 0 for what happened costs 34.5, not infinity


def classification(truth: Index, probabilities: Floats, labels: Index | None = None) -> dict[Metric, float]:
    """Metrics of classes, for `truth` [rows] and `probabilities` [rows, classes]; `labels` default to the greatest.

    AUC is left out where the truth has one class only.
    """
    chosen = probabilities.argmax(axis=1) if labels is None else labels
    found = {
        Metric.LOG_LOSS: log_loss(truth, probabilities),
        Metric.ACCURACY: float((chosen == truth).mean()),
        Metric.F1: f1(truth, chosen, probabilities.shape[1]),
        Metric.BRIER: brier(truth, probabilities),
    }
    area = auc(truth, probabilities)
    return found if area is None else {**found, Metric.AUC: area}


def regression(truth: Floats, predictions: Floats) -> dict[Metric, float]:
    """RMSE and MAE in the target's unit, and R2; all of shape [rows]. R2 is left out where the truth is constant."""
    errors = predictions - truth
    found = {Metric.RMSE: float(np.sqrt(np.mean(errors**2))), Metric.MAE: float(np.abs(errors).mean())}
    total = float(np.sum((truth - truth.mean()) ** 2))
    return found if total == 0.0 else {**found, Metric.R2: 1.0 - float(np.sum(errors**2)) / total}


def log_loss(truth: Index, probabilities: Floats) -> float:
    """Mean of -ln(probability of what happened), probabilities clipped to [1e-15, 1]."""
    return float(log_losses(truth, probabilities).mean())


def log_losses(truth: Index, probabilities: Floats) -> Floats:
    """Each row's part of the log loss, shape [rows]."""
    happened = probabilities[np.arange(len(truth)), truth]
    losses: Floats = -np.log(np.clip(happened, CLIP, 1.0))
    return losses


def brier(truth: Index, probabilities: Floats) -> float:
    """Mean squared error of the second class's probability (0 to 1); over more classes, their sum (0 to 2).

    Brier, "Verification of forecasts expressed in terms of probability", 1950; halved for two classes as is usual.
    """
    return float(brier_scores(truth, probabilities).mean())


def brier_scores(truth: Index, probabilities: Floats) -> Floats:
    """Each row's part of the Brier score, shape [rows]."""
    errors = probabilities.copy()
    errors[np.arange(len(truth)), truth] -= 1.0
    scores: Floats = errors[:, 1] ** 2 if errors.shape[1] == 2 else (errors**2).sum(axis=1)
    return scores


def f1(truth: Index, labels: Index, classes: int) -> float:
    """Two classes: F1 of the second. More: the mean over the classes that occur in truth or labels. 0 without hits."""
    scores = []
    for k in judged(truth, labels, classes):
        hits = int(((truth == k) & (labels == k)).sum())
        total = int((truth == k).sum() + (labels == k).sum())
        scores.append(2.0 * hits / total if total else 0.0)
    return float(np.mean(scores))


def judged(truth: Index, labels: Index, classes: int) -> list[int]:
    """The classes that F1 is about; a label of -1, which nobody here knows, counts as one."""
    return [1] if classes == 2 else [int(k) for k in np.union1d(truth, labels)]


def auc(truth: Index, probabilities: Floats) -> float | None:
    """Area under the ROC curve: of the second class, or one against the rest weighted by frequency. None for one class.

    Counts by ranks (Mann and Whitney 1947), ties counting half.
    """
    present = np.unique(truth)
    if len(present) < 2:
        return None
    if probabilities.shape[1] == 2:
        return _area(truth == 1, probabilities[:, 1])
    areas = [_area(truth == k, probabilities[:, k]) for k in present]
    return float(np.average(areas, weights=[(truth == k).sum() for k in present]))


def _area(positive: NDArray[np.bool_], scores: Floats) -> float:
    hits, misses = int(positive.sum()), int((~positive).sum())
    return float((ranks(scores)[positive].sum() - hits * (hits + 1) / 2.0) / (hits * misses))


def ranks(scores: Floats) -> Floats:
    """Each score's rank from 1, ties sharing the middle one; shape [rows]."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    shared: Floats = (np.cumsum(counts) - (counts - 1) / 2.0)[place]
    return shared
