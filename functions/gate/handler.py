"""Whether the new model may serve, and the report that says so to people."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from millrace.adapters.session import Clients
from millrace.domain.job import Ticket
from millrace.edge import control, telemetry
from millrace.edge.steps import aside, step
from millrace.settings import TrainingSettings
from millrace.usecases.draw_report import draw_report
from millrace.usecases.gate import gate

log = telemetry.logger()
settings, clients = TrainingSettings.from_env(os.environ), Clients()
ports, draw_ports = control.gate_ports(settings, clients), control.draw_ports(settings, clients)
pages = control.pages(settings, clients)


@step(log)
def handler(ticket: Ticket, _: Mapping[str, Any]) -> dict[str, object]:
    """Answer whether every rule holds."""
    verdict = gate(ticket, ports)
    with aside(log, "the report's page"):
        pages.write(draw_report(ticket, draw_ports), ticket.page_key)
    return {"accepted": verdict.accepted}
