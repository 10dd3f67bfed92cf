"""What a spec asks for, once the data has told which task it is."""

from __future__ import annotations

from dataclasses import replace

from millrace.domain.errors import Rejected
from millrace.domain.report import Decision
from millrace.domain.spec import DEFAULT_METRIC, Metric, Spec, Task
from millrace.domain.spec_rules import objection


def metric_of(spec: Spec, task: Task) -> tuple[Metric, tuple[Decision, ...]]:
    """The spec's metric, or the usual one with a word about it. Raises Rejected(code="metric_mismatch")."""
    if spec.metric is None:
        metric = DEFAULT_METRIC[task]
        return metric, (Decision("metric", metric, f"the usual one for {task}"),)
    if spec.metric.is_classification != task.is_classification:
        raise Rejected(
            f"the metric {spec.metric} does not judge a {task} model",
            code="metric_mismatch",
            field="metric",
            hint=f"leave it out, or choose one such as {DEFAULT_METRIC[task]}",
        )
    return spec.metric, ()


def check(spec: Spec, task: Task) -> None:
    """Raise Rejected(code="wish_mismatch") for what the spec asks of another task than this, or of two at once."""
    said = objection(replace(spec, task=task))
    if said is None:
        return
    found = f"the task is {task}, as the data has it, and the spec asks for what goes with another: {said}"
    raise Rejected(
        found if spec.task is None else f"the spec contradicts itself: {said}",
        code="wish_mismatch",
        field=said.partition(" ")[0],
        hint="leave that out, or set task if the data was misread",
    )
