"""Every few minutes: runs whose execution died get another attempt, and queues that stopped move on."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

from millrace.adapters.session import Clients
from millrace.edge import control, telemetry
from millrace.settings import NotifySettings
from millrace.usecases.reconcile import reconcile

log = telemetry.logger()
ports = control.notify_ports(NotifySettings.from_env(os.environ), Clients(), log)


def handler(_: dict[str, Any], context: object) -> dict[str, object]:
    """Answer with what was mended, by run id."""
    with telemetry.about(log, context):
        mended = asdict(reconcile(ports))
        write = log.warning if any(mended.values()) else log.info
        write("reconciled", extra=mended)
        return mended
