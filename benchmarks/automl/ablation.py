"""What each part of our engine adds: the same trials chosen from without it, and judged on the test rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.automl.parts import WITHOUT
from millrace import learning
from millrace.data.table import Table
from millrace.domain.spec import Metric
from millrace.evaluation.calibration import AsIs
from millrace.learning import objective
from millrace.learning.automl import Learnt
from millrace.learning.trainer import Answers, Floats, Plan

MIXING, CALIBRATION, CROSSES = "mixing", "calibration", "crossed numbers"


def ratios(model: learning.Model, test: Table, truth: Answers) -> dict[str, float]:
    """By name, how many times as large the loss on the test rows is without a part.

    The loss is 1 - AUC, 1 - accuracy, or the metric; calibration's is the log loss. A part whose loss is zero, or that
    nothing is left without, has no figure.
    """
    learnt, metric = model.learnt, model.learnt.wish.metric
    answers = learnt.fitted.predict(test)
    whole = _loss(metric, truth, answers)
    losses: dict[str, tuple[float, float]] = {}  # without and with
    for part, places in _parts(learnt).items():
        if _is_enough(learnt, places):
            left = learnt.again(learnt.limits, without=places)
            losses[part] = _loss(metric, truth, left.fitted.predict(test)), whole
    if learnt.calibrated is not None:
        raw = replace(learnt.fitted, calibration=AsIs()).predict(test)
        losses[CALIBRATION] = _loss(Metric.LOG_LOSS, truth, raw), _loss(Metric.LOG_LOSS, truth, answers)
    return {WITHOUT + part: without / with_ for part, (without, with_) in losses.items() if with_ > 0.0}


def _parts(learnt: Learnt) -> dict[str, frozenset[int]]:
    """Places of the trials that belong to each."""
    whole = [place for place, made in enumerate(learnt.trials) if made.core is not None and made.scores]
    parts: dict[str, set[int]] = {}
    for place in whole:
        made = learnt.trials[place].configuration
        parts.setdefault(made.trainer.name, set()).add(place)
        if made.plan is Plan.CROSSED:
            parts.setdefault(CROSSES, set()).add(place)
    best = min(whole, key=lambda place: learnt.school.loss(learnt.trials[place]))
    parts[MIXING] = set(whole) - {best}
    return {name: frozenset(places) for name, places in parts.items()}


def _is_enough(learnt: Learnt, without: frozenset[int]) -> bool:
    """Whether a trial is left, and one goes."""
    left = [made for place, made in enumerate(learnt.trials) if place not in without and made.core and made.scores]
    return bool(left and without)


def _loss(metric: Metric, truth: Answers, answers: Floats) -> float:
    score = objective.score(metric, truth, answers)
    if score is None or not np.isfinite(score):
        return float("nan")
    return 1.0 - score if metric.greater_is_better else score
