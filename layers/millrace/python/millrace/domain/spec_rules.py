"""What fields of a spec say of one another: the wishes that no data could meet, told before any data is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from millrace.domain.spec import Spec, Task


def objection(spec: Spec) -> str | None:
    """The first disagreement as a sentence that begins with the field at fault; None where there is none."""
    return next((said for rule in RULES for said in rule(spec)), None)


def _metric(spec: Spec) -> Iterator[str]:
    if spec.task is None or spec.metric is None:
        return
    if spec.metric.is_classification != spec.task.is_classification:
        yield f"metric is {spec.metric.value}, which does not judge the task {spec.task.value}"


def _wrong_labels(spec: Spec) -> Iterator[str]:
    if spec.task not in {None, Task.BINARY} and spec.has_costs:
        field = "false_positive_cost" if spec.false_positive_cost != 1.0 else "false_negative_cost"
        yield f"{field} is of two classes, and the task is {spec.task}"
    if spec.task is Task.REGRESSION and spec.balance:
        yield "balance is of classes, and the task is regression"


def _columns(spec: Spec) -> Iterator[str]:
    """Each column has one role, but for `time`, which may be a feature, and may group rows too."""
    chosen, excluded = set(spec.features or ()), set(spec.exclude)
    if both := sorted(chosen & excluded):
        yield f"exclude names {both[0]!r}, which is also among the features"
    if spec.target is not None and spec.target in chosen | excluded:
        yield f"target names {spec.target!r}, which is also among the features or the excluded columns"
    for field, name in (("time", spec.time_column), ("group", spec.group), ("weights", spec.weights)):
        if name and name == spec.target:
            yield f"{field} names {name!r}, which is the target"
        if name and field != "time" and name in chosen:
            yield f"{field} names {name!r}, which is also among the features"
    if spec.weights is not None and spec.weights in {spec.time_column, spec.group}:
        yield f"weights names {spec.weights!r}, which is also time or group"


def _drift(spec: Spec) -> Iterator[str]:
    if spec.drift_least_hours > spec.drift_hours:
        yield f"drift_least_hours is {spec.drift_least_hours:g}, more than drift_hours, {spec.drift_hours}"
    if spec.drift_least_rows > spec.drift_rows:
        yield f"drift_least_rows is {spec.drift_least_rows}, more than drift_rows, {spec.drift_rows}"


def _jobs(spec: Spec) -> Iterator[str]:
    if spec.trials is not None and spec.jobs > spec.trials:
        yield f"jobs is {spec.jobs}, more than the trials, {spec.trials}"


RULES: tuple[Callable[[Spec], Iterator[str]], ...] = (_metric, _wrong_labels, _columns, _jobs, _drift)
