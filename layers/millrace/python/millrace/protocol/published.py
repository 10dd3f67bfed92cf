"""What calls take and are answered, as models that are only published: the wire itself is read and written by hand.

A model's docstring begins with the calls that it belongs to, as a handler's does; docs/openapi.json joins them by that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from millrace.protocol.datatypes import BY_NAME
from millrace.protocol.run_event import FailureDetail

Kind = TypeVar("Kind", bound=BaseModel)
Value = str | float | bool | None
Datatype = Annotated[str, WithJsonSchema({"enum": list(BY_NAME), "type": "string"})]
RunState = Literal["queued", "running", "succeeded", "rejected", "failed", "cancelled"]


class Query(BaseModel):
    """What may follow a call's `?`."""

    model_config = ConfigDict(extra="forbid")


class Body(BaseModel):
    """What a call carries, where the wire is read by hand."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """What a call is answered with; an `empty` one has no body."""

    model_config = ConfigDict(extra="forbid")
    status: ClassVar[int] = 200
    empty: ClassVar[bool] = False


class RunsQuery(Query):
    """GET /runs."""

    limit: int = Field(default=50, ge=1, le=1000, description="How many runs at most.")
    after: str | None = Field(default=None, description="What `next` was in the answer before.")


class Rows(Body):
    """POST /models/{model}[/versions/{version}]/predict."""

    rows: list[dict[str, Value]] = Field(
        min_length=1, max_length=10_000, description="One object per row, with a value by column; absent ones miss."
    )


class Label(BaseModel):
    """What a model of classes says of a row."""

    model_config = ConfigDict(extra="forbid")

    label: str
    probabilities: dict[str, float | None]


class Number(BaseModel):
    """What a model of numbers says of a row."""

    model_config = ConfigDict(extra="forbid")

    value: float | None


class Predictions(Answer):
    """POST /models/{model}[/versions/{version}]/predict."""

    id: str = Field(description="Names this answer, when truth comes later.")
    model_name: str
    model_version: str = Field(description="The version that gave every prediction of this answer.")
    predictions: list[Label | Number] = Field(description="One per row, in their order.")


class TruthRow(BaseModel):
    """What turned out to be true of one row."""

    model_config = ConfigDict(extra="forbid")

    inference_id: str = Field(
        description="The `id` of an answer; with a dot and the row's number where it had several."
    )
    truth: str | float | bool = Field(description="A class or a number.")


class TruthRows(Body):
    """POST /models/{model}/truth."""

    truth: list[TruthRow] = Field(min_length=1, max_length=10_000, description="All of them are taken, or none.")


class TruthAccepted(Answer):
    """POST /models/{model}/truth."""

    status: ClassVar[int] = 202

    accepted: int = Field(description="How many rows are kept.")
    file: str = Field(description="The name under which `millrace truth list` has them.")


class Input(BaseModel):
    """A named tensor that is asked about."""

    name: str
    datatype: Datatype
    shape: list[int] = Field(description="[rows, 1] or [rows].")
    data: list[Value | list[Value]] = Field(description="Flat or nested, row-major; null misses.")


class Wanted(BaseModel):
    """An output that is asked for."""

    name: str


class InferRequest(Body):
    """POST /v2/models/{model}[/versions/{version}]/infer."""

    model_config = ConfigDict(extra="allow")  # as the protocol says

    id: str | None = Field(default=None, description="Echoed in the answer.")
    inputs: list[Input] = Field(min_length=1, description="Every input of the model's metadata.")
    outputs: list[Wanted] | None = Field(default=None, description="Which outputs, in which order; by default all.")


class Output(BaseModel):
    """A named tensor of an answer."""

    model_config = ConfigDict(extra="forbid")

    name: str
    datatype: Datatype
    shape: list[int]
    data: list[Value]


class Inferred(Answer):
    """POST /v2/models/{model}[/versions/{version}]/infer."""

    model_name: str
    model_version: str
    id: str | None = None
    parameters: dict[str, str] | None = None
    outputs: list[Output]


class Metadata(BaseModel):
    """An input or output of a model; -1 in a shape stands for any number of rows."""

    model_config = ConfigDict(extra="forbid")

    name: str
    datatype: Datatype
    shape: list[int]


class ModelMetadata(Answer):
    """GET /v2/models/{model}[/versions/{version}]."""

    name: str
    versions: list[str] = Field(description="The version that the address means now.")
    platform: str
    inputs: list[Metadata]
    outputs: list[Metadata]
    parameters: dict[str, str] | None = Field(default=None, description="`classes`: a JSON list as text.")


class ModelReady(Answer):
    """GET /v2/models/{model}[/versions/{version}]/ready."""

    name: str
    ready: bool


class ServerMetadata(Answer):
    """GET /v2."""

    name: str
    version: str
    extensions: list[str]


class ServerLive(Answer):
    """GET /v2/health/live."""

    live: bool


class ServerReady(Answer):
    """GET /v2/health/ready."""

    ready: bool


class ModelLine(BaseModel):
    """A model."""

    model_config = ConfigDict(extra="forbid")

    name: str
    versions: int = Field(description="How many there are, numbered from 1.")
    champion: int | None = Field(description="The version that serves; null where none does yet.")


class Models(Answer):
    """GET /models."""

    models: list[ModelLine]


class UploadSlot(Answer):
    """POST /datasets/{dataset}/uploads."""

    status: ClassVar[int] = 201

    url: str = Field(description="Where to PUT the file, without the key. A secret while it is valid.")
    method: Literal["PUT"]
    headers: dict[str, str] = Field(description="To be sent with the file exactly so.")
    key: str = Field(description="The object's key in the landing bucket.")
    expires_seconds: int


class Ended(BaseModel):
    """How a run or an attempt stands."""

    model_config = ConfigDict(extra="forbid")

    state: RunState
    version: int | None = Field(description="The model version that came of it.")
    promoted: bool = Field(description="Whether that version became the champion.")
    failure: FailureDetail | None = Field(description="Why there is no model.")


class AttemptLine(Ended):
    """One attempt of a run."""

    number: int
    started: str
    finished: str | None


class RunLine(Ended):
    """A run in a list."""

    id: str
    dataset: str
    file: str
    digest: str = Field(description="The SHA-256 of the content.")
    created: str
    finished: str | None
    place: int | None = Field(description="How soon it is a queued run's turn; the next one has 1.")


class Runs(Answer):
    """GET /runs."""

    runs: list[RunLine] = Field(description="The newest first.")
    next: str | None = Field(description="What to send as `after` for the rest; null where this was the rest.")


class Run(Answer, RunLine):
    """GET /runs/{run_id}."""

    attempts: list[AttemptLine]


class KeyLine(BaseModel):
    """A key without its secret."""

    model_config = ConfigDict(extra="forbid")

    id: str
    scopes: list[Literal["infer", "train", "admin"]]
    label: str
    created: str
    expires: str
    revoked: str | None


class Keys(Answer):
    """GET /keys."""

    keys: list[KeyLine]


class IssuedKey(Answer, KeyLine):
    """POST /keys."""

    status: ClassVar[int] = 201

    key: str = Field(description="What to send as `Bearer`; it is in this answer only.")


class Revoked(Answer):
    """DELETE /keys/{key_id}."""

    status: ClassVar[int] = 204
    empty: ClassVar[bool] = True


class ErrorDetail(BaseModel):
    """What went wrong."""

    model_config = ConfigDict(extra="forbid")

    message: str
    type: str
    param: str | None = Field(description="The field at fault.")
    code: str = Field(description="A stable code; docs/errors.md lists them.")


class StructuredError(BaseModel):
    """An error of every path but those below /v2."""

    model_config = ConfigDict(extra="forbid")

    error: ErrorDetail


class InferenceError(BaseModel):
    """An error of the Open Inference Protocol; API Gateway's own have the other fields too, on every path."""

    model_config = ConfigDict(extra="forbid")

    error: str
    type: str | None = None
    param: str | None = None
    code: str | None = None


def derived(kind: type[Kind]) -> Iterator[type[Kind]]:
    """Every model made of `kind`, in the order of their definition."""
    for each in kind.__subclasses__():
        yield each
        yield from derived(each)
