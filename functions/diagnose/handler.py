"""Why a job on Batch or SageMaker failed, and whether other machines may do better."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from millrace.adapters.session import Clients
from millrace.domain.job import Ticket
from millrace.edge import control, telemetry
from millrace.edge.steps import step
from millrace.protocol import job_services
from millrace.settings import TrainingSettings
from millrace.usecases.diagnose import diagnose

log = telemetry.logger()
documents = control.run_documents(TrainingSettings.from_env(os.environ), Clients())


@step(log)
def handler(ticket: Ticket, event: Mapping[str, Any]) -> dict[str, object]:
    """Answer in the form of a Catch, with whether the job is to be tried elsewhere."""
    return job_services.told(diagnose(ticket, job_services.job_end(event), documents))
