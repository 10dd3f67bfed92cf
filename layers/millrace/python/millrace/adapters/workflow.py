"""Executions of the training state machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from millrace.adapters.errors import code_of, translated
from millrace.domain import digest
from millrace.domain.errors import MillraceError, NotFound, TooLarge

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

INPUT_BYTES = 256 * 1024  # AWS's bound; refused here too, since not every cloud does


class StepFunctionsWorkflow:
    """Implements ports.Workflow."""

    def __init__(self, client: SFNClient, arn: str) -> None:
        self._client, self._arn = client, arn
        self._executions = executions_of(arn)

    def start(self, name: str, payload: Mapping[str, object]) -> None:
        """Start an execution by a unique name; starting the same name again does nothing.

        Raises TooLarge for a payload beyond 256 KiB of JSON.
        """
        content = digest.canonical(dict(payload))
        if len(content) > INPUT_BYTES:
            raise TooLarge(
                f"the input of {name} has {len(content)} bytes; at most {INPUT_BYTES} fit", hint="pass an address"
            )
        with translated(f"state machine {self._arn}"):
            try:
                self._client.start_execution(stateMachineArn=self._arn, name=name, input=content.decode())
            except ClientError as error:
                if code_of(error) != "ExecutionAlreadyExists":
                    raise

    def stop(self, name: str, cause: str) -> None:
        """End an execution at once; does nothing when it is over or unknown."""
        if self.status(name) != "RUNNING":
            return
        try:
            with translated(f"execution {name}"):
                self._client.stop_execution(executionArn=f"{self._executions}:{name}", error="Cancelled", cause=cause)
        except MillraceError:
            if self.status(name) == "RUNNING":  # else it ended meanwhile, which AWS and other clouds say differently
                raise

    def status(self, name: str) -> str | None:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED; None for an execution that is not known.

        It can say what no event tells: a restarted embedded cloud ends its executions without one.
        """
        try:
            with translated(f"execution {name}"):
                answer = self._client.describe_execution(executionArn=f"{self._executions}:{name}")
        except NotFound:
            return None
        return answer["status"]


def executions_of(state_machine_arn: str) -> str:
    """The ARN of a state machine's executions, without the last colon and an execution's name."""
    return state_machine_arn.replace(":stateMachine:", ":execution:")
