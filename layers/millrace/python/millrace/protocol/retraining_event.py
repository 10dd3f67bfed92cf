"""What is published when a model is retrained no more, from one definition: its JSON Schema for whoever listens."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, Field

from millrace.protocol.run_event import DIALECT


class StoppedEvent(BaseModel):
    """Retraining of a model stopped: the detail of an event on EventBridge, and the body of a message on SNS.

    New fields may come with the same schema_version; it is raised when one changes its meaning or goes.
    """

    schema_version: Literal[1] = Field(description="The version of this schema.")
    tenant: str = Field(description="Who owns the model. On SNS a message attribute too, to filter by.")
    model: str = Field(description="The model, which is its dataset's name too.")
    state: Literal["stopped"] = Field(description="On SNS a message attribute too, to filter by.")
    lost: list[str] = Field(description="The runs whose challengers lost, newest first.", min_length=1)
    message: str = Field(description="One sentence for a person.")
    hint: str = Field(description="What to do about it.")


def schema() -> dict[str, Any]:
    """The fields' JSON Schema."""
    return {"$schema": DIALECT, **StoppedEvent.model_json_schema()}


def schema_text() -> str:
    """docs/retraining-event.schema.json."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def rows_text() -> str:
    """The table of docs/events.md."""
    rows = [f"| `{name}` | {field.description} |" for name, field in StoppedEvent.model_fields.items()]
    return "\n".join(["| field | what it is |", "|---|---|", *rows]) + "\n"
