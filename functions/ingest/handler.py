"""An object arrived in the landing bucket: start its run, once."""

from __future__ import annotations

import os
from typing import Any

from millrace.adapters.session import Clients
from millrace.edge import control, telemetry
from millrace.protocol.events import object_created
from millrace.settings import IngestSettings
from millrace.usecases.ingest import Ingestion, ingest

log = telemetry.logger()
settings = IngestSettings.from_env(os.environ)
ports = control.ingest_ports(settings, Clients(), log)


def handler(event: dict[str, Any], context: object) -> dict[str, object]:
    """Answer EventBridge; what is raised is tried again, and kept in the dead-letter queue in the end."""
    upload = object_created(event)
    with telemetry.about(log, context, **telemetry.of_upload(upload.key)):
        ingested = ingest(upload, ports, max_bytes=settings.max_upload_bytes)
        answer: dict[str, object] = {"what": ingested.what, "run_id": ingested.run_id, "code": ingested.code}
        write = log.warning if ingested.what is Ingestion.REJECTED else log.info
        write("ingested", extra=answer)
    return answer
