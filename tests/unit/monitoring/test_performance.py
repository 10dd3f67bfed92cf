"""A model that does worse is told from one that had bad luck, by rows whose truth is known."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from scipy import stats

from millrace.domain.baseline import PREDICTION, Baseline, Cells, ColumnBaseline
from millrace.domain.drift import Standing
from millrace.domain.schema import Kind
from millrace.domain.sketch import Scored, Sketch, empty
from millrace.domain.spec import Metric, Spec
from millrace.monitoring.decision import judge
from millrace.monitoring.measured import Measured
from millrace.monitoring.performance import measure_all

NOTHING = ColumnBaseline(PREDICTION, Kind.CATEGORY, Cells(), (0,), 0, 0)


def known(held_out: int = 1_000, **figures: tuple[float, float]) -> Baseline:
    performance = {name: figure for name, (figure, _) in figures.items()}
    deviations = {name: deviation for name, (_, deviation) in figures.items() if deviation}
    return Baseline(1_000, (), NOTHING, None, performance, held_out, deviations)


CLASSES = known(accuracy=(0.9, 0.0), log_loss=(0.3, 0.6))
NUMBERS = known(rmse=(2.0, 6.0), mae=(1.5, 1.3), r2=(0.5, 0.0))


def scored(*rows: Scored) -> Scored:
    return functools.reduce(Scored.plus, rows, Scored())


def measured(baseline: Baseline, scored: Scored) -> dict[Metric, Measured]:
    return dict(measure_all(baseline, scored))


def test_accuracy_is_an_exact_test_of_wrong_answers() -> None:
    found = measured(CLASSES, Scored(200, correct=160, log_loss=60.0))[Metric.ACCURACY]
    assert found.statistic == pytest.approx(0.1)
    exact = stats.fisher_exact([[40, 160], [100, 900]], alternative="greater").pvalue
    assert found.p_value == pytest.approx(exact)


def test_log_loss_is_a_difference_of_means_with_the_error_of_both() -> None:
    losses = np.random.default_rng(0).exponential(0.5, 200)
    found = measured(CLASSES, scored(*(Scored(1, 1, loss) for loss in losses)))[Metric.LOG_LOSS]
    assert found.statistic == pytest.approx(losses.mean() - 0.3)
    assert found.limit == pytest.approx(0.03)
    error = np.sqrt(0.6**2 / 1_000 + losses.var(ddof=1) / 200)
    assert found.p_value == pytest.approx(stats.norm.sf((losses.mean() - 0.3) / error))


def test_sums_without_their_squares_say_nothing_of_the_log_loss() -> None:
    assert set(measured(CLASSES, Scored(200, 150, 100.0))) == {Metric.ACCURACY}


def test_errors_of_a_number() -> None:
    errors = np.abs(np.random.default_rng(0).normal(0.0, 3.0, 400))
    found = measured(NUMBERS, scored(*(Scored(1, 0, 0.0, error**2, error) for error in errors)))
    assert set(found) == {Metric.RMSE, Metric.MAE}
    assert found[Metric.RMSE].statistic == pytest.approx(np.sqrt((errors**2).mean()) - 2.0)
    assert found[Metric.MAE].statistic == pytest.approx(errors.mean() - 1.5)
    error = np.sqrt(1.3**2 / 1_000 + errors.var(ddof=1) / 400)
    assert found[Metric.MAE].p_value == pytest.approx(stats.norm.sf((errors.mean() - 1.5) / error))
    assert found[Metric.RMSE].p_value == found[Metric.MAE].p_value


def test_better_is_no_drift_and_a_few_rows_say_nothing() -> None:
    better = measured(CLASSES, scored(*[Scored(1, 1, 0.01)] * 200))
    assert set(better) == {Metric.ACCURACY, Metric.LOG_LOSS}
    assert all(found.statistic == 0.0 and found.p_value > 0.5 for found in better.values())
    assert measured(CLASSES, Scored(19, correct=0, log_loss=600.0)) == {}
    assert measured(known(held_out=0, accuracy=(0.9, 0.0)), Scored(200, correct=0)) == {}


def window(baseline: Baseline, rows: int) -> Sketch:
    return empty(baseline).plus(Sketch(rows, (), empty(baseline).predictions))


@pytest.mark.parametrize(("correct", "standing"), [(180, Standing.STABLE), (150, Standing.DRIFTED)])
def test_it_is_part_of_the_decision(correct: int, standing: Standing) -> None:
    known_rows = Scored(200, correct=correct, log_loss=60.0, log_loss_squares=90.0)
    found, _, findings = judge(CLASSES, window(CLASSES, 500), known_rows, Spec())
    assert found is standing
    assert {(finding.test, finding.column) for finding in findings} == {
        ("accuracy", PREDICTION),
        ("log_loss", PREDICTION),
    }


@pytest.mark.parametrize("spread", [0.5, 1.5])
def test_luck_is_no_drift_however_uneven_losses_are(spread: float) -> None:
    random = np.random.default_rng(0)
    raised = 0
    for _ in range(300):
        before, now = random.random(1_000) < 0.8, random.random(200) < 0.8
        losses, later = random.lognormal(0.0, spread, 1_000), random.lognormal(0.0, spread, 200)
        baseline = known(accuracy=(float(before.mean()), 0.0), log_loss=(float(losses.mean()), float(losses.std())))
        known_rows = Scored(200, int(now.sum()), float(later.sum()), log_loss_squares=float((later**2).sum()))
        raised += judge(baseline, window(baseline, 500), known_rows, Spec())[0] is Standing.DRIFTED
    assert raised <= 9  # 1 of 100, and three deviations
