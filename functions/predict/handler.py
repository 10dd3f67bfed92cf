"""Answers for models: the Open Inference Protocol, and records."""

from __future__ import annotations

import os
from typing import Any

from millrace.adapters.session import PROMPT, Clients
from millrace.edge import serving, telemetry
from millrace.settings import PredictSettings

log = telemetry.logger()
api = serving.function_api(PredictSettings.from_env(os.environ), Clients(config=PROMPT), log)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one call through API Gateway."""
    caller = event["requestContext"].get("authorizer") or {}
    of = telemetry.of_path(event["path"])
    with telemetry.about(log, context, tenant=caller.get("tenant"), route=event.get("resource"), **of):
        answer = api(event, context)
        log.info("answered", extra={"status": answer["statusCode"]})
        return answer
