"""What passes between the state machine and its functions: tickets in, answers out, and failures both ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from millrace.domain.errors import InvalidInput, MillraceError, Rejected
from millrace.domain.job import Ticket
from millrace.domain.job_end import TIMED_OUT
from millrace.domain.run import Failure, Outcome, RunState

FAILURES = {
    "States.Timeout": TIMED_OUT,
    "States.HeartbeatTimeout": Failure(
        "worker_lost", "the machine that ran the job stopped reporting", "check that a worker runs: millrace worker"
    ),
    "Sandbox.Timedout": Failure("function_timed_out", "a function took longer than it may", "see: millrace logs"),
}
_FAILURE = TypeAdapter(Failure)


class _Error(BaseModel):
    """What a Catch keeps of a failed state."""

    error: str = Field(alias="Error")
    cause: str = Field(alias="Cause", default="")


class _Input(BaseModel):
    """The ticket, and what single states add to it."""

    model_config = ConfigDict(extra="ignore")

    tenant: str
    dataset: str
    run_id: str
    attempt: int
    version: int | None = None
    promoted: bool = False
    error: _Error | None = None


def ticket(event: object) -> Ticket:
    """The attempt that a state is about. Raises InvalidInput naming the field."""
    given = _parse(event)
    return Ticket(given.tenant, given.dataset, given.run_id, given.attempt)


def version(event: object) -> int:
    """The model version that a state is about. Raises InvalidInput."""
    number = _parse(event).version
    if number is None:
        raise InvalidInput("the state's input has no version", field="version")
    return number


def outcome(event: object) -> Outcome:
    """How the execution ended: with a version, or with the error that a Catch kept. Raises InvalidInput."""
    given = _parse(event)
    if given.error is None:
        return Outcome(RunState.SUCCEEDED, version=given.version, promoted=given.promoted)
    kind, failure = _told(given.error.cause) or (None, _untold(given.error.error))
    rejected = (kind or given.error.error) == Rejected.__name__
    return Outcome(RunState.REJECTED if rejected else RunState.FAILED, failure)


def error_class(error: str, cause: str) -> str:
    """The name of the error's class, which the embedded cloud keeps in the cause only."""
    told = _told(cause)
    return (told[0] if told is not None else None) or error


def failure_text(error: MillraceError) -> str:
    """The JSON that carries one of our errors through the state machine.

    It names the error's class too: AWS reports that as the state's error, the embedded cloud `Runtime.HandlerError`.
    """
    return json.dumps({"error": type(error).__name__} | asdict(Failure.of(error)), ensure_ascii=False)


def refused(error: Rejected) -> dict[str, object]:
    """A refusal as a step's answer, in the form in which a Catch keeps an error."""
    return {"Error": type(error).__name__, "Cause": failure_text(error)}


def _parse(event: object) -> _Input:
    try:
        return _Input.model_validate(event)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"the state's input is not as agreed: {first['msg']}", field=field) from error


def _told(cause: str) -> tuple[str | None, Failure] | None:
    """The error's class, if named, and our Failure in a cause, as it is or inside a function's answer; else None."""
    try:
        given = json.loads(cause)
    except ValueError:
        return None
    if not isinstance(given, Mapping):
        return None
    if isinstance(given.get("errorMessage"), str):
        return _told(given["errorMessage"])
    try:
        return given.get("error"), _FAILURE.validate_python(given)
    except ValidationError:
        return None


def _untold(error: str) -> Failure:
    lost = "a part of the cloud failed" if error.startswith(("States.", "Lambda.")) else "a step broke"
    return FAILURES.get(error) or Failure("internal", f"{lost}: {error}", "see: millrace logs")
