"""API Gateway's authorizer: who calls, by the key in the Authorization header."""

from __future__ import annotations

import os
from typing import Any

from millrace.adapters.session import PROMPT, Clients
from millrace.domain.errors import Unauthenticated
from millrace.edge import control, telemetry
from millrace.protocol.authorizer import REFUSAL, bearer, policy
from millrace.settings import AuthorizeSettings
from millrace.usecases.authorize import authorize

log = telemetry.logger()
ports = control.authorize_ports(AuthorizeSettings.from_env(os.environ), Clients(config=PROMPT))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer with a policy for the whole stage; any error but a refusal is a 500, so that an outage is no 401."""
    with telemetry.about(log, context):
        try:
            caller = authorize(bearer(event), ports.keys, ports.clock)
        except Unauthenticated:
            log.info("refused")
            raise Unauthenticated(REFUSAL) from None
        log.info("known", extra={"tenant": caller.tenant, "key_id": caller.key_id})
        return policy(caller, event["methodArn"])
