"""Captures came in their queue: gather them in the capture bucket."""

from __future__ import annotations

import os
from typing import Any

from millrace.adapters.session import Clients
from millrace.edge import monitoring, telemetry
from millrace.protocol import queue_events
from millrace.settings import CollectSettings
from millrace.usecases.collect import collect

log = telemetry.logger()
ports = monitoring.collect_ports(CollectSettings.from_env(os.environ), Clients(), log)


def handler(event: dict[str, Any], context: Any) -> dict[str, object]:
    """Answer the event source with the messages that are to be delivered again."""
    with telemetry.about(log, context):
        collected = collect(queue_events.messages(event), ports, lambda: context.get_remaining_time_in_millis() / 1000)
        told = {
            "objects": len(collected.objects),
            "rows": collected.rows,
            "unreadable": collected.unreadable,
            "orphans": collected.orphans,
            "failed": len(collected.failed),
            "codes": sorted(set(collected.failed.values())),
        }
        write = log.warning if collected.failed or collected.unreadable else log.info
        write("collected", extra=told)
    return queue_events.again(collected.failed)
