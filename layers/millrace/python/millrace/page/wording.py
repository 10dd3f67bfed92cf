"""How numbers and names are written for people: few digits, units, and nothing that breaks a picture."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

from millrace.domain.spec import Metric, Task
from millrace.domain.uncertainty import Interval

METRICS = {
    Metric.LOG_LOSS: "log loss",
    Metric.AUC: "area under ROC",
    Metric.ACCURACY: "accuracy",
    Metric.F1: "F1",
    Metric.BRIER: "Brier score",
    Metric.RMSE: "RMSE",
    Metric.MAE: "mean absolute error",
    Metric.R2: "R²",
}
TASKS = {
    Task.BINARY: "one of two classes",
    Task.MULTICLASS: "one of several classes",
    Task.REGRESSION: "a number",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHOLE = 1e4  # from here on a figure's fraction says nothing
_WIDE = 1e15
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def figure(value: float) -> str:
    """Four digits that matter; thousands are set apart."""
    if not math.isfinite(value):
        return "none"
    if abs(value) >= _WIDE:
        return f"{value:.3g}"
    return f"{value:,.0f}" if abs(value) >= _WHOLE else f"{value:.4g}"


def percent(part: float, whole: float) -> str:
    """A share; one that is neither nothing nor all is never rounded to either."""
    if whole <= 0:
        return "0 %"
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "<0.1 %"
    return ">99.9 %" if 99.9 < share < 100 else f"{share:.3g} %"


def better(metric: Metric) -> str:
    """Which way a metric is read."""
    return "greater is better" if metric.greater_is_better else "less is better"


def metrics_named(said: str) -> str:
    """A sentence of the domain with the metrics' names in place of their spelling in the spec."""
    for metric, name in METRICS.items():
        said = re.sub(rf"\b{metric}\b", name, said)
    return said


def sentence(said: str) -> str:
    """Words as a sentence of their own: a capital and a full stop."""
    return f"{said[:1].upper()}{said[1:].removesuffix('.')}."


def within(interval: Interval) -> str:
    """An interval as two figures."""
    return f"{figure(interval.low)} to {figure(interval.high)}"


def day(seconds: float) -> str:
    """The date of seconds since 1970-01-01T00:00Z; the number itself, beyond the calendar."""
    try:
        return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%d}"
    except (OverflowError, ValueError):
        return f"{figure(seconds)} s"


def duration(seconds: float) -> str:
    """Seconds, or minutes and seconds from two minutes on."""
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{int(seconds // 60):,} min {int(seconds % 60)} s"


def size(value: float) -> str:
    """Bytes in the largest unit that leaves a whole part."""
    for unit in _UNITS[:-1]:
        if abs(value) < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:,.0f} {_UNITS[-1]}"


def cut(name: str, length: int) -> str:
    """A name of at most so many characters, its end replaced where it is longer."""
    flat = " ".join(name.split())
    return flat if len(flat) <= length else f"{flat[: length - 1]}…"
