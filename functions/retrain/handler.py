"""A model drifts, says its alarm or a reminder: train a challenger, once, if the guards let it."""

from __future__ import annotations

import os
from typing import Any

from millrace.adapters.session import Clients
from millrace.edge import monitoring, telemetry
from millrace.protocol import drift_notice
from millrace.protocol.drift_notice import Drifting, Ignored
from millrace.settings import RetrainSettings
from millrace.usecases.retrain import Wish, retrain

log = telemetry.logger()
settings = RetrainSettings.from_env(os.environ)
ports = monitoring.retrain_ports(settings, Clients())


def handler(event: dict[str, Any], context: object) -> list[dict[str, object]]:
    """Answer with each decision; what is raised is tried again, and kept in the dead-letter queue in the end."""
    return [decide(notice, context) for notice in drift_notice.read(event, settings.stage)]


def decide(notice: Drifting | Ignored, context: object) -> dict[str, object]:
    """Retrain the model that drifts, or say why there is nothing to do."""
    about = {"tenant": notice.tenant, "model": notice.model} if isinstance(notice, Drifting) else {}
    with telemetry.about(log, context, **about):
        decision = retrain(Wish(notice.tenant, notice.model), ports) if isinstance(notice, Drifting) else None
        if decision is None:
            why = notice.why if isinstance(notice, Ignored) else "there is no such model"
            log.info("ignored", extra={"why": why})
            return {"ignored": why}
        answer: dict[str, object] = {"run_id": decision.run_id, "refusal": decision.refusal}
        log.info("decided", extra=answer)
        return answer
