"""The events of AWS that wake us."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, Field, ValidationError

from millrace.domain.errors import InvalidInput
from millrace.domain.origin import in_order
from millrace.domain.upload import Upload

_Event = TypeVar("_Event", bound=BaseModel)


class _Bucket(BaseModel):
    name: str


class _Object(BaseModel):
    key: str
    size: int
    etag: str = ""
    version_id: str | None = Field(alias="version-id", default=None)
    sequencer: str = ""


class _Detail(BaseModel):
    bucket: _Bucket
    object: _Object


class _ObjectCreated(BaseModel):
    """EventBridge's `Object Created` of S3. The key is raw there, not URL-encoded."""

    detail: _Detail


def object_created(event: object) -> Upload:
    """The upload that an `Object Created` event tells of. Raises InvalidInput for anything else."""
    detail = validated(_ObjectCreated, event, "S3").detail
    thing = detail.object
    return Upload(detail.bucket.name, thing.key, thing.size, thing.etag, thing.version_id, in_order(thing.sequencer))


def validated(kind: type[_Event], event: object, service: str) -> _Event:
    """The event as that service's kind. Raises InvalidInput(code="invalid_event", field=...) where it is another."""
    try:
        return kind.model_validate(event)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        message = f"this is not an event of {service}: {first['msg']}"
        raise InvalidInput(message, code="invalid_event", field=field) from error
