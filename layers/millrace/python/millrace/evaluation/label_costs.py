"""What wrong labels cost, where the two kinds cost differently: a model's beside one label for every row."""

from __future__ import annotations

import numpy as np

from millrace.domain.report import LabelCosts
from millrace.domain.uncertainty import Interval
from millrace.evaluation import bootstrap
from millrace.evaluation.estimators import mean
from millrace.evaluation.guess import Guess
from millrace.evaluation.metrics import Floats, Index
from millrace.evaluation.threshold import Costs


def of_rows(truth: Index, labels: Index, costs: Costs) -> Floats:
    """What each row's label costs, shape [rows]; a label that is neither class is as wrong as the other one."""
    wrong = np.where(truth == 1, costs.false_negative, costs.false_positive)
    return np.where(labels == truth, 0.0, wrong)


def judge(
    costs: Costs,
    classes: tuple[str, ...],
    train: Index,
    truth: Index,
    ours: Guess,
    champion: Guess | None,
    *,
    seed: int,
) -> LabelCosts:
    """Means over held-out `truth` [rows], with paired bootstrap intervals of what is saved.

    The constant is the label that costs less on the answers of `train` [rows], for every row.
    """
    cheaper = min((0, 1), key=lambda label: float(of_rows(train, np.full(len(train), label), costs).sum()))
    own = of_rows(truth, ours.chosen, costs)
    constant = of_rows(truth, np.full(len(truth), cheaper), costs)
    theirs = None if champion is None else of_rows(truth, champion.chosen, costs)
    return LabelCosts(
        costs.false_positive,
        costs.false_negative,
        held_out=float(own.mean()),
        constant=float(constant.mean()),
        constant_label=classes[cheaper],
        champion=None if theirs is None else float(theirs.mean()),
        saved_over_constant=_interval(constant - own, seed),
        saved_over_champion=None if theirs is None else _interval(theirs - own, seed),
    )


def _interval(saved: Floats, seed: int) -> Interval | None:
    """Of the mean over rows, by the resamples that all other figures are of."""
    drawn = bootstrap.units(len(saved), seed)
    return bootstrap.interval(bootstrap.resample({"saved": mean(saved, drawn)}, drawn, seed)["saved"], len(saved))
