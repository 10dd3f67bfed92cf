"""A dead-letter queue, for messages that no second try would make readable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millrace.adapters.errors import translated

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient


class SqsDeadLetters:
    """Implements ports.DeadLetters."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client, self._queue_url = client, queue_url

    def keep(self, message: str) -> None:
        """Store one, for as long as the queue keeps messages."""
        with translated("dead-letter queue"):
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=message)
