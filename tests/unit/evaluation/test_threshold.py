"""The threshold of a label against every other threshold, and against ones chosen from few rows."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millrace.domain.spec import Metric, Spec
from millrace.evaluation import metrics, threshold
from millrace.evaluation.metrics import Floats, Index
from millrace.evaluation.threshold import Aim, Costs

AIMS: list[Aim] = [Costs(1.0, 1.0), Costs(5.0, 1.0), Costs(1.0, 20.0), Metric.F1, Metric.ACCURACY]


def worth(truth: Index, positive: Floats, aim: Aim, limit: float, weights: Floats | None = None) -> float:
    """More is better; written down plainly."""
    weighs = np.ones(len(truth)) if weights is None else weights
    said = positive > limit
    hits, alarms = float(weighs[said & (truth == 1)].sum()), float(weighs[said & (truth == 0)].sum())
    missed = float(weighs[~said & (truth == 1)].sum())
    if isinstance(aim, Costs):
        return -(aim.false_positive * alarms + aim.false_negative * missed)
    if aim is Metric.ACCURACY:
        return -(alarms + missed)
    return 2.0 * hits / (2.0 * hits + alarms + missed) if hits else 0.0


ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0]), st.integers(0, 3)),
    min_size=1,
    max_size=25,
)


@pytest.mark.parametrize("aim", AIMS, ids=str)
@given(rows=ROWS, weighed=st.booleans())
def test_no_threshold_is_better_on_the_same_rows(aim: Aim, rows: list[tuple[int, float, int]], weighed: bool) -> None:
    truth, positive = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    weights = np.array([float(row[2]) for row in rows]) if weighed else None
    found = threshold.best(truth, positive, aim, weights=weights)
    tried = [worth(truth, positive, aim, limit, weights) for limit in (-0.1, *np.linspace(0.0, 1.0, 201))]
    assert worth(truth, positive, aim, found, weights) >= max(tried[1:]) - 1e-9
    assert 0.0 <= found <= 1.0


def test_f1_and_accuracy_are_those_of_the_metrics() -> None:
    truth, positive = drawn(400, 0)
    for limit in (0.2, 0.5):
        labels = (positive > limit).astype(np.int64)
        assert worth(truth, positive, Metric.F1, limit) == pytest.approx(metrics.f1(truth, labels, 2))
        assert 1.0 + worth(truth, positive, Metric.ACCURACY, limit) / 400 == pytest.approx((labels == truth).mean())


def test_equally_good_thresholds_give_their_middle() -> None:
    truth, positive = np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.6, 0.9])
    assert threshold.best(truth, positive, Metric.ACCURACY) == pytest.approx(0.4)
    weights = np.array([1.0, 1.0, 0.0, 1.0])
    assert threshold.best(truth, positive, Metric.ACCURACY, weights=weights) == pytest.approx(0.55)


def drawn(rows: int, seed: int) -> tuple[Index, Floats]:
    """Truth and probabilities that are right."""
    random = np.random.default_rng(seed)
    positive = random.beta(0.7, 2.0, rows)
    return (random.random(rows) < positive).astype(np.int64), positive


@pytest.mark.parametrize(
    ("aim", "right"), [(Costs(1.0, 4.0), 0.2), (Costs(3.0, 1.0), 0.75), (Metric.ACCURACY, 0.5)], ids=str
)
def test_right_probabilities_have_the_threshold_of_theory(aim: Aim, right: float) -> None:
    assert threshold.choose(*drawn(50_000, 1), aim, seed=0) == pytest.approx(right, abs=0.04)


def test_probabilities_that_are_off_have_their_own() -> None:
    truth, positive = drawn(50_000, 2)
    assert threshold.choose(truth, positive**2, Costs(1.0, 4.0), seed=0) == pytest.approx(0.04, abs=0.02)


@pytest.mark.parametrize("aim", AIMS[1:4], ids=str)
def test_few_rows_mislead_it_less_than_the_best_of_them(aim: Aim) -> None:
    """Judged on many other rows, over forty draws of sixty."""
    truth, positive = drawn(20_000, 3)
    gains = []
    for seed in range(40):
        few = drawn(60, 100 + seed)
        chosen, lucky = threshold.choose(*few, aim, seed=seed), threshold.best(*few, aim)
        gains.append(worth(truth, positive, aim, chosen) - worth(truth, positive, aim, lucky))
    assert np.mean(gains) > 0.0
    assert np.mean(np.array(gains) >= 0.0) >= 0.6


def test_weights_count_as_rows_do() -> None:
    truth, positive = drawn(5_000, 4)
    weights = np.where(truth == 1, 4.0, 1.0)
    heavy = threshold.choose(truth, positive, Metric.ACCURACY, weights=weights, seed=0)
    assert heavy == pytest.approx(threshold.choose(truth, positive, Costs(1.0, 4.0), seed=0), abs=0.02)


def test_the_seed_decides_and_one_class_has_the_usual_one() -> None:
    truth, positive = drawn(200, 5)
    assert threshold.choose(truth, positive, Metric.F1, seed=1) == threshold.choose(truth, positive, Metric.F1, seed=1)
    assert threshold.choose(np.zeros(5, dtype=np.int64), np.linspace(0, 1, 5), Metric.F1, seed=0) == threshold.USUAL


def test_a_million_rows_take_no_time() -> None:
    truth, positive = drawn(1_000_000, 6)
    started = time.monotonic()
    assert threshold.choose(truth, positive, Costs(1.0, 4.0), seed=0) == pytest.approx(0.2, abs=0.02)
    assert time.monotonic() - started < 5.0


def test_what_it_is_chosen_for() -> None:
    assert threshold.aim_of(Spec(false_negative_cost=5.0), Metric.AUC) == Costs(1.0, 5.0)
    assert threshold.aim_of(Spec(false_negative_cost=5.0), Metric.F1) == Costs(1.0, 5.0)
    assert threshold.aim_of(Spec(), Metric.F1) is Metric.F1
    assert threshold.aim_of(Spec(), Metric.LOG_LOSS) is None
