"""Captures on their way to the bucket: a message each, so that an answer waits for one small call and no more."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING

from millrace.adapters.errors import translated
from millrace.domain.capture import Capture
from millrace.domain.errors import MillraceError
from millrace.ports import CaptureStore

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

MESSAGE_BYTES = 1_000_000  # SQS takes 1,048,576


class SqsCaptures:
    """Implements ports.Captures. `on_refused` is told why the queue did not take a message, which then went to S3."""

    def __init__(
        self,
        client: SQSClient,
        queue_url: str,
        store: CaptureStore,
        on_refused: Callable[[MillraceError], object] = lambda _: None,
    ) -> None:
        self._client, self._queue_url, self._store, self._on_refused = client, queue_url, store, on_refused

    def record(self, capture: Capture) -> None:
        """Keep it durably, in the queue or, where that does not take it, in the bucket. Raises what the bucket does."""
        size = len(capture.heading)
        taken: list[bytes] = []
        rest = map(capture.line, range(len(capture.rows)))
        for line in rest:
            taken.append(line)
            size += 1 + len(line)
            if size > MESSAGE_BYTES:
                break
        if size > MESSAGE_BYTES or not self._sent(b"\n".join((capture.heading, *taken))):
            self._store.write(capture.partition, chain(taken, rest))

    def _sent(self, message: bytes) -> bool:
        try:
            with translated("capture queue"):
                self._client.send_message(QueueUrl=self._queue_url, MessageBody=message.decode())
        except MillraceError as error:  # whichever: what the queue can't keep, the bucket may
            self._on_refused(error)
            return False
        return True
