"""The stage's log lines, of all its functions together, in the order of time."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from millrace.adapters.errors import translated

if TYPE_CHECKING:
    from types_boto3_logs import CloudWatchLogsClient


class CloudWatchLogLines:
    """Implements ports.LogLines."""

    def __init__(self, client: CloudWatchLogsClient, stage: str) -> None:
        self._client, self._prefix = client, f"/millrace/{stage}/"

    def since(self, milliseconds: int) -> Iterator[str]:
        """Lines of every function newer than this Unix time, oldest first: `<time> <function> <line>`."""
        events = heapq.merge(*(self._events(group, milliseconds) for group in self._groups()))
        for at, group, line in events:
            when = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
            yield f"{when.replace('+00:00', 'Z')} {group.removeprefix(self._prefix)} {line}"

    def _groups(self) -> list[str]:
        with translated("log groups"):
            pages = self._client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=self._prefix)
            return [group["logGroupName"] for page in pages for group in page["logGroups"]]

    def _events(self, group: str, milliseconds: int) -> Iterator[tuple[int, str, str]]:
        with translated(f"log group {group}"):
            pages = self._client.get_paginator("filter_log_events").paginate(
                logGroupName=group, startTime=milliseconds + 1
            )
            for page in pages:
                for event in page["events"]:
                    yield event["timestamp"], group, event["message"].rstrip("\n")
