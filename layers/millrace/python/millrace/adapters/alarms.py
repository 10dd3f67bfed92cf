"""Alarms of models in CloudWatch, on their drift metrics. They tell a topic, which functions can listen to."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from millrace.adapters.errors import translated
from millrace.adapters.metrics import namespace
from millrace.domain import drift
from millrace.domain.errors import NotFound

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

PERIOD_SECONDS = 60
RUNBOOK = "docs/runbook.md#drift"


class CloudWatchAlarms:
    """Implements ports.Alarms."""

    def __init__(self, client: CloudWatchClient, stage: str, topic_arn: str) -> None:
        """`topic_arn` is told whenever an alarm rises."""
        self._client, self._stage, self._topic_arn = client, stage, topic_arn

    def put(self, tenant: str, model: str) -> None:
        """Create the model's alarm, or write it anew, which leaves its state as it is.

        Between two values, and where there is not enough data for one, it stays as it was.
        """
        name = drift.alarm_name(self._stage, tenant, model)
        with translated(f"alarm {name}"):
            self._client.put_metric_alarm(
                AlarmName=name,
                AlarmDescription=f"Model {model} of tenant {tenant} drifts: what it is asked, or answers, is no longer "
                f"what it was trained on. What to do: {RUNBOOK}",
                Namespace=namespace(self._stage),
                MetricName=drift.metric_name(tenant, model),
                Statistic="Maximum",
                Period=PERIOD_SECONDS,
                EvaluationPeriods=1,
                Threshold=drift.ALARM_SEVERITY,
                ComparisonOperator="GreaterThanOrEqualToThreshold",
                TreatMissingData="ignore",
                AlarmActions=[self._topic_arn],
            )

    def remove(self, tenant: str, model: str) -> None:
        """Delete it; does nothing where there is none."""
        name = drift.alarm_name(self._stage, tenant, model)
        with suppress(NotFound), translated(f"alarm {name}"):
            self._client.delete_alarms(AlarmNames=[name])
