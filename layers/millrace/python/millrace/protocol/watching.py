"""What wakes the detector: its schedule, which means every model, or somebody who means one."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, ValidationError

from millrace.domain.errors import InvalidInput
from millrace.domain.naming import check_name


class _One(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    tenant: str
    model: str


def wanted(event: Mapping[str, object]) -> tuple[str, str] | None:
    """The tenant and the model that are meant; None for the schedule's event. Raises InvalidInput for anything else."""
    if event.get("source") == "aws.events":
        return None
    try:
        one = _One.model_validate(event)
    except ValidationError as error:
        raise InvalidInput(
            "the event is neither the schedule's nor names a tenant and a model", code="invalid_event"
        ) from error
    return check_name(one.tenant, "tenant"), check_name(one.model, "model")


def asked(tenant: str, model: str) -> dict[str, str]:
    """The event that means one model."""
    return {"tenant": tenant, "model": model}
