"""The events of AWS that wake us."""

from __future__ import annotations

from pydantic import BaseModel, Field, ValidationError

from millrace.domain.errors import InvalidInput
from millrace.domain.origin import in_order
from millrace.domain.upload import Upload


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
    try:
        detail = _ObjectCreated.model_validate(event).detail
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"this is not an event of S3: {first['msg']}", code="invalid_event", field=field) from error
    thing = detail.object
    return Upload(detail.bucket.name, thing.key, thing.size, thing.etag, thing.version_id, in_order(thing.sequencer))
