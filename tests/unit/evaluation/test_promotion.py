"""What the gate decides of challengers whose true worth is known, over many held-out sets small and large."""

from __future__ import annotations

import numpy as np
import pytest

from millrace.domain.gate import Evidence, judge
from millrace.domain.report import ChampionScore
from millrace.domain.spec import Metric, Spec, Task
from millrace.evaluation import bootstrap, constant
from millrace.evaluation.guess import Guess
from tests import samples

SMALL, LARGE = 60, 2500
TRIALS = 12
RESAMPLES = 200


def binary(logits: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Guess:
    positive = 1.0 / (1.0 + np.exp(-logits))
    return Guess(np.stack([1.0 - positive, positive], axis=1))


def accepted(rows: int, ours: float, theirs: float, metric: Metric = Metric.LOG_LOSS, margin: float = 0.0) -> float:
    """The share of held-out sets on which the gate lets the challenger serve.

    `ours` and `theirs` are the noise in the two models' logits: 0 knows all that can be known.
    """
    passed = []
    for seed in range(TRIALS):
        random = np.random.default_rng(seed)
        logits = random.normal(0.0, 1.5, rows)
        truth = (random.random(rows) < 1.0 / (1.0 + np.exp(-logits))).astype(np.int64)
        champion = binary(logits + random.normal(0.0, 1.0, rows) * theirs)
        challenger = champion if ours == theirs else binary(logits + random.normal(0.0, 1.0, rows) * ours)
        best = constant.guesses(Task.BINARY, truth, truth, 2)
        report = samples.report(
            metric=metric,
            held_out=challenger.measure(Task.BINARY, truth),
            constant=constant.measure(Task.BINARY, best, truth),
            champion=ChampionScore(3, champion.measure(Task.BINARY, truth)),
            uncertainty=bootstrap.uncertainty(
                Task.BINARY, truth, challenger, best, champion, seed=seed, resamples=RESAMPLES
            ),
        )
        result = judge(Evidence(report, Spec(margin=margin), 3)).rule("not_worse_than_champion")
        passed.append(result is not None and result.holds)
    return float(np.mean(passed))


@pytest.mark.parametrize("rows", [SMALL, LARGE])
def test_an_identical_model_may_serve(rows: int) -> None:
    assert accepted(rows, 0.3, 0.3) == 1.0


@pytest.mark.parametrize("metric", [Metric.LOG_LOSS, Metric.AUC])
def test_a_slightly_better_model_may_serve_once_there_are_rows_enough_to_tell(metric: Metric) -> None:
    assert accepted(LARGE, 0.0, 0.4, metric) >= 0.75
    assert accepted(SMALL, 0.0, 0.4, metric) <= 0.5  # the champion keeps serving: nothing is lost


@pytest.mark.parametrize("metric", [Metric.LOG_LOSS, Metric.AUC])
@pytest.mark.parametrize("rows", [SMALL, LARGE])
def test_a_clearly_worse_model_never_serves(rows: int, metric: Metric) -> None:
    assert accepted(rows, 1.5, 0.0, metric) == 0.0


def test_a_slightly_worse_model_seldom_serves_even_by_luck() -> None:
    assert accepted(SMALL, 0.4, 0.0) <= 0.1
    assert accepted(LARGE, 0.4, 0.0) == 0.0


def test_a_margin_lets_an_equally_good_model_serve() -> None:
    """Two models as good as each other: without a margin luck does not decide, with one the rows can."""
    assert accepted(LARGE, 0.4, 0.4001) <= 0.1
    assert accepted(LARGE, 0.4, 0.4001, margin=0.02) >= 0.9
