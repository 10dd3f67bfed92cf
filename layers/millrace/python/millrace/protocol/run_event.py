"""What is published about the event of a run's end, from one definition: its JSON Schema for whoever listens."""

from __future__ import annotations

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class FailureDetail(BaseModel):
    """Why a run ended without a model."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(description="A stable code; docs/errors.md lists them.")
    message: str = Field(description="One sentence for a person.")
    hint: str | None = Field(description="What to do about it.")
    field: str | None = Field(description="The file, column, row or line of the spec at fault.")


class RunEvent(BaseModel):
    """The end of a run: the detail of an event on EventBridge, and the body of a message on SNS.

    New fields may come with the same schema_version; it is raised when one changes its meaning or goes.
    """

    schema_version: Literal[1] = Field(description="The version of this schema.")
    tenant: str = Field(description="Who owns the data. On SNS a message attribute too, to filter by.")
    dataset: str = Field(description="The dataset, which is the model's name too.")
    run_id: str = Field(description="The run.", pattern="^[0-9a-f]{32}$")
    attempt: int = Field(description="Which attempt of it, from 1; 0 if it was cancelled before the first.", ge=0)
    state: Literal["succeeded", "rejected", "failed", "cancelled"] = Field(
        description="How it ended. On SNS a message attribute too, to filter by."
    )
    version: int | None = Field(description="The model version that was registered.")
    promoted: bool = Field(description="Whether that version serves now.")
    failure: FailureDetail | None = Field(description="Why there is no model.")


def schema_text() -> str:
    """docs/event.schema.json."""
    schema = {"$schema": DIALECT, **RunEvent.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def rows_text() -> str:
    """The table of docs/events.md."""
    rows = [f"| `{name}` | {field.description} |" for name, field in RunEvent.model_fields.items()]
    return "\n".join(["| field | what it is |", "|---|---|", *rows]) + "\n"
