"""Whether a model does worse on rows whose truth arrived than it did on the held-out ones."""

from __future__ import annotations

import math
from collections.abc import Iterator

from millrace.domain.baseline import Baseline
from millrace.domain.sketch import Scored
from millrace.domain.spec import Metric
from millrace.monitoring.distributions import normal_tail
from millrace.monitoring.measured import LEAST, Measured
from millrace.monitoring.proportions import increase

ACCURACY_LIMIT = 0.05  # 5 of 100 rows
LOSS_LIMIT = 0.1  # of what it was
ROUNDING = 1e-9


def measure_all(baseline: Baseline, scored: Scored) -> Iterator[tuple[Metric, Measured]]:
    """Accuracy and log loss of classes, or RMSE and MAE of a number, where the baseline has them; worse only."""
    if scored.rows < LEAST or baseline.held_out < LEAST:
        return
    if Metric.ACCURACY in baseline.performance:
        yield Metric.ACCURACY, _accuracy(baseline, scored)
    n = scored.rows
    if (p_value := _worse(baseline, Metric.LOG_LOSS, n, scored.log_loss, scored.squares)) is not None:
        yield Metric.LOG_LOSS, _loss(baseline, Metric.LOG_LOSS, scored.log_loss / n, p_value)
    if (p_value := _worse(baseline, Metric.MAE, n, scored.absolute, scored.squared)) is not None:
        yield Metric.MAE, _loss(baseline, Metric.MAE, scored.absolute / n, p_value)
        if baseline.performance.get(Metric.RMSE, 0.0) > 0.0:
            # By the absolute errors: one far error makes an RMSE, and is no evidence.
            yield Metric.RMSE, _loss(baseline, Metric.RMSE, math.sqrt(scored.squared / n), p_value)


def _accuracy(baseline: Baseline, scored: Scored) -> Measured:
    """Fisher's exact test of the wrong answers, one-sided."""
    before, now = baseline.performance[Metric.ACCURACY], scored.correct / scored.rows
    wrong = round((1.0 - before) * baseline.held_out)
    p_value = increase(wrong, baseline.held_out, scored.rows - scored.correct, scored.rows)
    return Measured(max(0.0, before - now), ACCURACY_LIMIT, p_value, f"accuracy is {now:.3f} and was {before:.3f}")


def _worse(baseline: Baseline, metric: Metric, rows: int, total: float, squares: float) -> float | None:
    """P-value of a greater mean loss, each side with its own variance (Welch 1947), by the normal distribution.

    A few far losses raise the mean and its error alike, so they are no evidence alone. None where a side has no figure
    or no variance, or sums that belong to no losses, as of a release that did not keep the squares.
    """
    before, deviation = baseline.performance.get(metric, 0.0), baseline.deviations.get(metric, 0.0)
    mean = total / rows
    if before <= 0.0 or deviation <= 0.0 or squares < total * mean * (1.0 - ROUNDING):
        return None
    variance = max(0.0, squares - total * mean) / (rows - 1)
    return normal_tail((mean - before) / math.sqrt(deviation**2 / baseline.held_out + variance / rows))


def _loss(baseline: Baseline, metric: Metric, now: float, p_value: float) -> Measured:
    before = baseline.performance[metric]
    return Measured(max(0.0, now - before), LOSS_LIMIT * before, p_value, f"{metric} is {now:.4g} and was {before:.4g}")
