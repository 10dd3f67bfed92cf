"""The tenants' API on the wire: requests as they must be, and runs, models and keys as they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from millrace.domain.access import KEY_DAYS, ApiKey
from millrace.domain.errors import InvalidInput
from millrace.domain.model import Model
from millrace.domain.run import Attempt, Outcome, Run
from millrace.domain.suggestion import hint, shown


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class UploadRequest(_Request):
    """POST /datasets/{dataset}/uploads."""

    file: str = Field(description="The file's name, which says its format: data.csv, data.parquet, or spec.yaml.")
    bytes: int = Field(description="The file's size.")
    sha256: str = Field(description="The SHA-256 of the file's content, in hex.")


class KeyDocument(_Request):
    """POST /keys."""

    scopes: list[str] = Field(description="What the key may do: infer, train, admin.")
    days: int = Field(default=KEY_DAYS, description="How many days the key lives.")
    label: str = Field(default="", description="What the key is for, in your words.")


Request = TypeVar("Request", bound=_Request)


def parse(kind: type[Request], body: object) -> Request:
    """The request in a JSON body. Raises InvalidInput naming the field at fault."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or None
        known = list(kind.model_fields)
        if first["type"] == "extra_forbidden" and field is not None:
            said, advice = f"there is no field {shown(field)}", hint(field, known)
        else:
            said, advice = f"{field}: {first['msg']}" if field else "the body is not a JSON object", None
        said_fields = f"the fields are {', '.join(known)}"
        raise InvalidInput(said, code="invalid_request", field=field, hint=advice or said_fields) from error


def model(shown: Model) -> dict[str, object]:
    """A model's line in a list."""
    return {"name": shown.name, "versions": shown.versions, "champion": shown.champion}


def run(shown: Run, place: int | None = None) -> dict[str, object]:
    """A run, with the failure that ended it if one did, and its place in the queue while it waits."""
    return {
        "id": shown.id,
        "dataset": shown.dataset,
        "file": shown.data.key.rpartition("/")[2],
        "digest": shown.data.digest,
        "created": shown.created,
        "finished": shown.finished,
        "place": place,
        **_outcome(shown.outcome),
    }


def attempt(shown: Attempt) -> dict[str, object]:
    """One attempt of a run."""
    return {
        "number": shown.number,
        "started": shown.started,
        "finished": shown.finished,
        **_outcome(shown.outcome),
    }


def key(shown: ApiKey) -> dict[str, object]:
    """A key without its secret, and without the secret's digest."""
    return {
        "id": shown.id,
        "scopes": sorted(shown.scopes),
        "label": shown.label,
        "created": shown.created,
        "expires": shown.expires,
        "revoked": shown.revoked,
    }


def upload_slot(url: str, landing_key: str, headers: Mapping[str, str], seconds: int) -> dict[str, object]:
    """Where to put a file, and how: with these headers as they are."""
    return {"url": url, "method": "PUT", "headers": dict(headers), "key": landing_key, "expires_seconds": seconds}


def _outcome(outcome: Outcome) -> dict[str, object]:
    failure = outcome.failure
    told = failure and {name: getattr(failure, name) for name in ("code", "message", "hint", "field")}
    return {"state": outcome.state.value, "version": outcome.version, "promoted": outcome.promoted, "failure": told}
