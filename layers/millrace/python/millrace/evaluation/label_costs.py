"""What wrong labels cost, where the two kinds cost differently: a model's beside one label for every row."""

from __future__ import annotations

from collections.abc import Mapping

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
    beside = {"constant": constant} if theirs is None else {"constant": constant, "champion": theirs}
    saved = _intervals({side: each - own for side, each in beside.items()}, seed)
    return LabelCosts(
        costs.false_positive,
        costs.false_negative,
        held_out=float(own.mean()),
        constant=float(constant.mean()),
        constant_label=classes[cheaper],
        champion=None if theirs is None else float(theirs.mean()),
        saved_over_constant=saved["constant"],
        saved_over_champion=saved.get("champion"),
    )


def _intervals(saved: Mapping[str, Floats], seed: int) -> dict[str, Interval | None]:
    """Of the means over rows, by the resamples that all other figures are of."""
    rows = len(next(iter(saved.values())))
    drawn = bootstrap.units(rows, seed)
    found = bootstrap.resample({side: mean(each, drawn) for side, each in saved.items()}, drawn, seed)
    return {side: bootstrap.interval(figures, rows) for side, figures in found.items()}
