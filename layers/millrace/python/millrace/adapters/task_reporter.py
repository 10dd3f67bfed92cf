"""A worker's answers to the state machine, by task token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from millrace.adapters.errors import translated
from millrace.domain import digest

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_WHAT = "task waiting for this answer"


class StepFunctionsTaskReporter:
    """Implements ports.TaskReporter. A token that timed out, was answered or never was raises NotFound."""

    def __init__(self, client: SFNClient) -> None:
        self._client = client

    def heartbeat(self, token: str) -> None:
        """The job lives."""
        with translated(_WHAT):
            self._client.send_task_heartbeat(taskToken=token)

    def succeed(self, token: str, output: Mapping[str, object]) -> None:
        """The job is done."""
        with translated(_WHAT):
            self._client.send_task_success(taskToken=token, output=digest.canonical(dict(output)).decode())

    def fail(self, token: str, error: str, cause: str) -> None:
        """The job ended without a model: `error` is a stable code, `cause` the Failure document as JSON."""
        with translated(_WHAT):
            self._client.send_task_failure(taskToken=token, error=error, cause=cause)
