"""Numbers over time in CloudWatch, all of a stage in one namespace and without dimensions: the name says all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from millrace.adapters.errors import translated
from millrace.ports import Clock

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_cloudwatch.type_defs import MetricStatTypeDef

SECONDS_KEPT = 180  # minutes for which CloudWatch tells one second from another; after that it tells minutes


def namespace(stage: str) -> str:
    """Where a stage's metrics are."""
    return f"Millrace/{stage}"


class CloudWatchMetrics:
    """Implements ports.Metrics."""

    def __init__(self, client: CloudWatchClient, stage: str, clock: Clock) -> None:
        self._client, self._namespace, self._clock = client, namespace(stage), clock

    def publish(self, name: str, value: float) -> None:
        """Add a finite value, now. Of several within a second the greatest counts."""
        with translated(f"metric {name}"):
            self._client.put_metric_data(
                Namespace=self._namespace,
                MetricData=[{"MetricName": name, "Value": value, "Timestamp": self._now(), "StorageResolution": 1}],
            )

    def latest(self, name: str, minutes: int) -> float | None:
        """The newest value of the last so many minutes; None where there is none.

        Of several within a second, from 3 hours on within a minute, the greatest counts.
        """
        now = self._now()
        metric: MetricStatTypeDef = {
            "Metric": {"Namespace": self._namespace, "MetricName": name},
            "Period": 1 if minutes < SECONDS_KEPT else 60,
            "Stat": "Maximum",
        }
        with translated(f"metric {name}"):
            found = self._client.get_metric_data(
                MetricDataQueries=[{"Id": "latest", "MetricStat": metric}],
                StartTime=now - timedelta(minutes=minutes),
                EndTime=now + timedelta(minutes=1),  # which is left out itself
                ScanBy="TimestampDescending",  # so that the newest is in the first part of a long answer
            )["MetricDataResults"][0]
        values = zip(found["Timestamps"], found["Values"], strict=True)
        return max(values, default=(now, None))[1]

    def _now(self) -> datetime:
        return datetime.fromisoformat(self._clock.now())
