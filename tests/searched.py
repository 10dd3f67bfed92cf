"""What a search of sixty trials leaves in a report: members and weights, what was pruned, and what the data promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from millrace.domain.diagnostics import LearningCurve
from millrace.domain.report import (
    Artifact,
    Calibrated,
    Candidate,
    Ensemble,
    LabelCosts,
    Report,
    Search,
    Setting,
    Threshold,
)
from millrace.domain.spec import Metric, Task
from millrace.domain.uncertainty import Interval
from millrace.evaluation.learning_curve import learning_curve

TRIALS = 60
WEIGHTS = (0.42, 0.27, 0.16, 0.1, 0.05)
COSTS = LabelCosts(1.0, 5.0, 0.2187, 0.7012, "yes", saved_over_constant=Interval(0.4419, 0.5233))
SETTINGS: Mapping[str, Mapping[str, Setting]] = {
    "lightgbm": {"num_leaves": 31, "learning_rate": 0.0513, "min_child_samples": 20, "feature_fraction": 0.83},
    "catboost": {"depth": 6, "learning_rate": 0.031, "l2_leaf_reg": 3.7, "one_hot": True},
    "xgboost": {"max_depth": 7, "eta": 0.08, "subsample": 0.9, "grow_policy": "lossguide"},
    "extra trees": {"trees": 300, "max_features": "sqrt", "min_samples_leaf": 2},
    "linear": {"alpha": 0.00042, "l1_ratio": 0.15},
    "neural network": {"layers": "64 32", "dropout": 0.1, "epochs": 40, "embed": True},
}


def searched(report: Report, seed: int = 0) -> Report:
    """The same report, had its model been searched for: best scores around its own."""
    random = np.random.default_rng(seed)
    best = report.held_out[report.metric]
    worse = -1.0 if report.metric.greater_is_better else 1.0
    scores = best * (1 + worse * np.sort(random.gamma(1.2, 0.06, TRIALS)))
    candidates = tuple(_candidate(place, float(score), random) for place, score in enumerate(scores))
    drawn = report.diagnostics
    return replace(
        report,
        candidates=tuple(candidates[place] for place in random.permutation(TRIALS)),
        search=Search(58.31, TRIALS, asked_seconds=60.0),
        ensemble=_ensemble(report, float(best * (1 - worse * 0.01))),
        artifact=Artifact(4_213_000, 0.4137, limit_bytes=20_000_000, limit_ms=1.0),
        label_costs=COSTS if report.task is Task.BINARY else None,
        diagnostics=drawn and replace(drawn, learning_curve=curve(report.metric, best)),
    )


def curve(metric: Metric, best: float) -> LearningCurve | None:
    """One that still goes the right way."""
    worse = -1.0 if metric.greater_is_better else 1.0
    random = np.random.default_rng(1)
    return learning_curve(
        lambda rows: float(best * (1 + worse * 3 / np.sqrt(len(rows)) + random.normal(0.0, 0.004))),
        48_842,
        (1526, 3052, 6105, 12_210, 24_421, 48_842),
        metric,
        "LightGBM at its usual settings",
        seed=0,
    )


def _candidate(place: int, score: float, random: np.random.Generator) -> Candidate:
    family = list(SETTINGS)[int(random.integers(len(SETTINGS)))] if place else "lightgbm"
    member = place if place < 3 else {7: 3, 21: 4}.get(place)
    why = ("pruned after 1 fold", "adds nothing", "adds nothing", "parity", "over the size budget")[place % 5]
    pruned = member is None and why.startswith("pruned")
    return Candidate(
        f"{family} {place + 1}",
        score,
        0.0 if pruned else abs(score) * float(random.uniform(0.005, 0.03)),
        float(random.uniform(0.2, 4.0)),
        family=family,
        settings=SETTINGS[family],
        weight=0.0 if member is None else WEIGHTS[member],
        folds_done=1 if pruned else 5,
        dropped=why if member is None else None,
    )


def _ensemble(report: Report, score: float) -> Ensemble:
    calibrated = Calibrated("isotonic", 0.4312, 0.4187) if report.task.is_classification else None
    tuned = Threshold(0.314, "yes", "a missed one costs five times a false alarm")
    threshold = tuned if report.task is Task.BINARY else None
    sure = report.uncertainty.held_out if report.uncertainty else {}
    return Ensemble(score, abs(score) * 0.01, calibrated, threshold, report.held_out, sure)
