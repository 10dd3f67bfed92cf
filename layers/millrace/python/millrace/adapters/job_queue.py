"""The job queue on SQS. A message is hidden while its worker lives, and comes back when the worker dies."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from millrace.adapters.errors import code_of, translated
from millrace.domain.errors import Corrupt, NotFound
from millrace.ports import JobMessage

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

LONGEST_POLL = 20  # seconds, SQS's bound


@dataclass(frozen=True, slots=True)
class SqsMessage:
    """Implements ports.JobMessage."""

    job_uri: str
    token: str = field(repr=False)  # whoever holds it can answer for the job
    receipt: str = field(repr=False)


class SqsJobQueue:
    """Implements ports.JobQueue."""

    def __init__(self, client: SQSClient, url: str, visibility_seconds: int) -> None:
        self._client, self._url, self._visibility = client, url, visibility_seconds

    def receive(self, wait_seconds: int) -> SqsMessage | None:
        """The next message, hidden from other workers for the queue's visibility time; None if none came.

        Raises Corrupt for a message that is no job; it stays in the queue, which sets it aside after a few tries.
        """
        with translated("job queue"):
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=1,
                WaitTimeSeconds=min(wait_seconds, LONGEST_POLL),
                VisibilityTimeout=self._visibility,
            )
        found = answer.get("Messages", [])
        return _message(found[0]["Body"], found[0]["ReceiptHandle"]) if found else None

    def extend(self, message: JobMessage, seconds: int) -> None:
        """Keep a message hidden while its job lives. Raises NotFound when it was deleted or came back already."""
        with translated("message in the job queue"):
            try:
                self._client.change_message_visibility(
                    QueueUrl=self._url, ReceiptHandle=_receipt(message), VisibilityTimeout=seconds
                )
            except ClientError as error:
                if code_of(error) == "InvalidParameterValue":  # AWS's code for a message that is not hidden now
                    raise NotFound("there is no such message in the job queue") from error
                raise

    def delete(self, message: JobMessage) -> None:
        """The job is answered; forget the message. Doing it again does nothing."""
        with translated("job queue"):
            try:
                self._client.delete_message(QueueUrl=self._url, ReceiptHandle=_receipt(message))
            except ClientError as error:
                if code_of(error) != "ReceiptHandleIsInvalid":
                    raise


def _message(body: str, receipt: str) -> SqsMessage:
    try:
        content = json.loads(body)
        return SqsMessage(str(content["job_uri"]), str(content["token"]), receipt)
    except (ValueError, KeyError, TypeError) as error:
        raise Corrupt("a message in the job queue is not a job", hint="see the dead-letter queue") from error


def _receipt(message: JobMessage) -> str:
    if not isinstance(message, SqsMessage):
        raise TypeError(f"{type(message).__name__} did not come from this queue")
    return message.receipt
