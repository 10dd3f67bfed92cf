"""Encrypted queues, and grants on them."""

from __future__ import annotations

from aws_cdk import Duration, aws_sqs
from constructs import Construct

from stacks.constructs.grant import Grant, allow, every
from stacks.constructs.key import EncryptionKey

KEPT = Duration.days(14)  # the longest there is
LOST_BY_WORKERS = 10  # receives of one message before it is set aside; a worker that is stopped hands one back


class Queue(aws_sqs.Queue):
    """A queue under our key, over TLS only. With `dead_letters`, a message lost ten times goes there."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: EncryptionKey,
        visibility: Duration | None = None,
        dead_letters: aws_sqs.IQueue | None = None,
        message_bytes: int | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption=aws_sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=KEPT,
            visibility_timeout=visibility,
            max_message_size_bytes=message_bytes,
            dead_letter_queue=aws_sqs.DeadLetterQueue(max_receive_count=LOST_BY_WORKERS, queue=dead_letters)
            if dead_letters
            else None,
        )
        self._key = key

    def allow_sending(self) -> Grant:
        """A grant to send."""
        return every(
            allow(["sqs:SendMessage"], on=[self.queue_arn]),
            self._key.allow("Decrypt", "GenerateDataKey", through="sqs"),
        )

    def allow_feeding(self) -> Grant:
        """A grant to a function that gets its messages by an event source mapping, which acts in its name."""
        return every(
            allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], on=[self.queue_arn]),
            self._key.allow("Decrypt", through="sqs"),
        )

    def allow_receiving(self) -> Grant:
        """A grant to receive messages, keep them hidden and delete them."""
        return every(
            allow(["sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage"], on=[self.queue_arn]),
            self._key.allow("Decrypt", through="sqs"),
        )
