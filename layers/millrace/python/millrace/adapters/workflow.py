"""Executions of the training state machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from millrace.adapters.errors import code_of, translated
from millrace.domain import digest
from millrace.domain.errors import TooLarge

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

INPUT_BYTES = 256 * 1024  # AWS's bound; refused here too, since not every cloud does


class StepFunctionsWorkflow:
    """Implements ports.Workflow."""

    def __init__(self, client: SFNClient, arn: str) -> None:
        self._client, self._arn = client, arn

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
