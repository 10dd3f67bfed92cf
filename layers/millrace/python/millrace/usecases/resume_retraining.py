"""A person's word that a model may be retrained again after challengers lost in a row."""

from __future__ import annotations

from millrace.domain.errors import Conflict, InvalidInput
from millrace.domain.retraining import Cause, Retraining
from millrace.usecases.retraining_past import PastPorts, past_of


def resume(tenant: str, model: str, who: str, why: str, ports: PastPorts) -> Retraining:
    """Close the breaker and return the recorded decision. Raises InvalidInput without a reason, Conflict if closed."""
    if not why.strip():
        raise InvalidInput(
            "to resume needs a reason", code="no_reason", field="why", hint="it is kept with who and when"
        )
    if not past_of(tenant, model, ports).is_broken:
        raise Conflict(
            f"retraining of {model!r} has not stopped",
            code="not_stopped",
            field="model",
            hint=f"see `millrace retrainings list {model}`",
        )
    decision = Retraining(tenant, model, ports.clock.now(), Cause.PERSON, why.strip(), resumed=True, who=who)
    ports.retrainings.add(decision)
    return decision
