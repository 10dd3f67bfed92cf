"""On a schedule: whether what models are asked and answer has moved away from what they were trained on."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

from millrace.adapters.session import Clients
from millrace.edge import detection, telemetry
from millrace.protocol.watching import wanted
from millrace.settings import DetectSettings
from millrace.usecases.watch_models import watch

log = telemetry.logger()
ports = detection.watch_ports(DetectSettings.from_env(os.environ), Clients(), log)


def handler(event: dict[str, Any], context: Any) -> dict[str, object]:
    """Look at every model, or at the one that the event names; answer how many stand how.

    Raises Unavailable in the end where the schedule's look failed at some, so that its alarm rises.
    """
    with telemetry.about(log, context):
        only = wanted(event)
        seen = watch(ports, lambda: context.get_remaining_time_in_millis() / 1000, only)
        write = log.warning if seen.troubles or seen.left else log.info
        write("watched", extra=asdict(seen))
        if only is None:
            seen.check()
        return asdict(seen)
