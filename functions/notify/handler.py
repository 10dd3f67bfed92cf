"""The end of an attempt, good or bad, after which the tenant's next run begins."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from millrace.adapters.session import Clients
from millrace.domain.job import Ticket
from millrace.edge import control, telemetry
from millrace.edge.steps import step
from millrace.protocol import states
from millrace.settings import NotifySettings
from millrace.usecases.notify import notify

log = telemetry.logger()
ports = control.notify_ports(NotifySettings.from_env(os.environ), Clients(), log)


@step(log)
def handler(ticket: Ticket, event: Mapping[str, Any]) -> dict[str, object]:
    """Close the run's record, tell whoever listens, and begin what waits."""
    return {"concluded": notify(ticket, states.outcome(event), ports)}
