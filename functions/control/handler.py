"""The tenants' API: uploads, runs, models and keys."""

from __future__ import annotations

import os
from typing import Any

from millrace.adapters.session import PROMPT, Clients
from millrace.edge import control, telemetry
from millrace.edge.tenant_api import tenant_api
from millrace.settings import ControlSettings

log = telemetry.logger()
api = tenant_api(control.tenant_ports(ControlSettings.from_env(os.environ), Clients(config=PROMPT)), log)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one call through API Gateway."""
    caller = event["requestContext"].get("authorizer") or {}
    of = telemetry.of_path(event["path"])
    with telemetry.about(log, context, tenant=caller.get("tenant"), route=event.get("resource"), **of):
        answer = api(event, context)
        log.info("answered", extra={"status": answer["statusCode"]})
        return answer
