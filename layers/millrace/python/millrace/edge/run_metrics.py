"""How many runs ended how, as metrics: the state machine fails for rejected runs too, so no alarm can stand on it."""

from __future__ import annotations

import time
from collections.abc import Mapping

from aws_lambda_powertools import Logger

from millrace.domain.run import RunState


def metric_name(state: RunState) -> str:
    """The metric that counts runs which ended so."""
    return f"runs/{state}"


class CountedRuns:
    """Implements ports.Announcements: each end of a run is a log line that CloudWatch reads as a metric.

    The line is in CloudWatch's embedded metric format, without dimensions: each would make every outcome dearer.
    """

    def __init__(self, log: Logger, namespace: str) -> None:
        self._log, self._namespace = log, namespace

    def publish(self, kind: str, detail: Mapping[str, object]) -> None:
        """Write the line. An event that is about no run counts nothing."""
        if "run_id" not in detail:
            return
        state = RunState(str(detail["state"]))
        metric = metric_name(state)
        about = {name: detail[name] for name in ("tenant", "run_id", "attempt")}
        about |= {"model": detail["dataset"], "version": detail["version"]}
        failure = detail["failure"]
        code = failure["code"] if isinstance(failure, Mapping) else None
        write = self._log.error if state is RunState.FAILED else self._log.info
        write(kind, extra={**about, "code": code, metric: 1, "_aws": self._counted(metric)})

    def _counted(self, metric: str) -> Mapping[str, object]:
        directive = {
            "Namespace": self._namespace,
            "Dimensions": [[]],
            "Metrics": [{"Name": metric, "Unit": "Count"}],
        }
        return {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
