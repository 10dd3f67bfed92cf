"""The alias that serves moves to an accepted version."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from millrace.adapters.session import Clients
from millrace.domain.job import Ticket
from millrace.edge import control, telemetry
from millrace.edge.steps import step
from millrace.protocol import states
from millrace.settings import TrainingSettings
from millrace.usecases.deploy import deploy

log = telemetry.logger()
ports = control.deploy_ports(TrainingSettings.from_env(os.environ), Clients())


@step(log)
def handler(ticket: Ticket, event: Mapping[str, Any]) -> dict[str, object]:
    """Answer whether the version serves now."""
    return {"promoted": deploy(ticket, states.version(event), ports)}
