"""The job's artifacts become a model version."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from millrace.adapters.session import Clients
from millrace.domain.job import Ticket
from millrace.edge import control, telemetry
from millrace.edge.steps import step
from millrace.settings import RegisterSettings
from millrace.usecases.register import register

log = telemetry.logger()
ports = control.register_ports(RegisterSettings.from_env(os.environ), Clients())


@step(log)
def handler(ticket: Ticket, _: Mapping[str, Any]) -> dict[str, object]:
    """Answer with the version's number."""
    return {"version": register(ticket, ports).number}
