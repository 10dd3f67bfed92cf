"""The first state: look at the upload's head and write the job down."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from millrace.adapters.session import Clients
from millrace.domain.job import Ticket
from millrace.edge import control, telemetry
from millrace.edge.steps import step
from millrace.settings import TrainingSettings
from millrace.usecases.admit import admit

log = telemetry.logger()
ports = control.admit_ports(TrainingSettings.from_env(os.environ), Clients())


@step(log, refuses=True)
def handler(ticket: Ticket, _: Mapping[str, Any]) -> dict[str, object]:
    """Answer with the backend and the addresses of the job and of its parts, if any, or with why there is no job."""
    admitted = admit(ticket, ports)
    parts = [{"job_uri": uri, "part": number} for number, uri in enumerate(admitted.part_uris, 1)]
    return {"job_uri": admitted.job_uri, "backend": admitted.backend} | ({"parts": parts} if parts else {})
