"""Whether a model does worse on rows whose truth arrived than it did on the held-out ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

from millrace.domain.baseline import Baseline
from millrace.domain.sketch import Scored
from millrace.domain.spec import Metric
from millrace.monitoring.distributions import normal_tail
from millrace.monitoring.measured import LEAST, Measured
from millrace.monitoring.proportions import increase

ACCURACY_LIMIT = 0.05  # 5 of 100 rows
LOSS_LIMIT = 0.1  # of what it was


def measure_all(baseline: Baseline, scored: Scored) -> Iterator[tuple[Metric, Measured]]:
    """Accuracy and log loss of classes, or RMSE and MAE of a number, where the baseline has them; worse only."""
    if scored.rows < LEAST or baseline.held_out < LEAST:
        return
    if Metric.ACCURACY in baseline.performance:
        yield Metric.ACCURACY, _accuracy(baseline, scored)
    for metric, total in _LOSSES.items():
        if metric in baseline.performance and metric in baseline.deviations:
            said = _loss(metric, baseline, scored, total(scored) / scored.rows)
            if said is not None:
                yield metric, said


_LOSSES: Mapping[Metric, Callable[[Scored], float]] = {
    Metric.LOG_LOSS: lambda scored: scored.log_loss,
    Metric.RMSE: lambda scored: scored.squared,
    Metric.MAE: lambda scored: scored.absolute,
}


def _accuracy(baseline: Baseline, scored: Scored) -> Measured:
    """Fisher's exact test of the wrong answers, one-sided."""
    before, now = baseline.performance[Metric.ACCURACY], scored.correct / scored.rows
    wrong = round((1.0 - before) * baseline.held_out)
    p_value = increase(wrong, baseline.held_out, scored.rows - scored.correct, scored.rows)
    return Measured(max(0.0, before - now), ACCURACY_LIMIT, p_value, f"accuracy is {now:.3f} and was {before:.3f}")


def _loss(metric: Metric, baseline: Baseline, scored: Scored, mean: float) -> Measured | None:
    """The difference of two means over the deviation that the held-out rows' losses had (the central limit theorem).

    RMSE is tested by the squares it is the root of.
    """
    before = baseline.performance[metric]
    is_root = metric is Metric.RMSE
    now = math.sqrt(mean) if is_root else mean
    error = baseline.deviations[metric] * math.sqrt(1.0 / baseline.held_out + 1.0 / scored.rows)
    if before <= 0.0 or error <= 0.0:
        return None
    p_value = normal_tail((mean - (before**2 if is_root else before)) / error)
    return Measured(max(0.0, now - before), LOSS_LIMIT * before, p_value, f"{metric} is {now:.4g} and was {before:.4g}")
