"""A file of truth arrived in the landing bucket: keep its rows by the hour of what they are about, once."""

from __future__ import annotations

import os
from typing import Any

from millrace.adapters.session import Clients
from millrace.edge import monitoring, telemetry
from millrace.protocol.events import object_created
from millrace.settings import LabelSettings
from millrace.usecases.label import Labelling, label

log = telemetry.logger()
ports = monitoring.label_ports(LabelSettings.from_env(os.environ), Clients())


def handler(event: dict[str, Any], context: object) -> dict[str, object]:
    """Answer EventBridge; what is raised is tried again, and kept in the dead-letter queue in the end."""
    upload = object_created(event)
    with telemetry.about(log, context, **telemetry.of_upload(upload.key)):
        what, file = label(upload, ports)
        answer: dict[str, object] = {"what": what}
        if file is not None:
            code = file.failure.code if file.failure else None
            answer |= {"model": file.model, "rows": file.rows, "refused": file.refused, "code": code}
        write = log.warning if what is Labelling.REFUSED or answer.get("refused") else log.info
        write("labelled", extra=answer)
    return answer
