"""Our events on an SNS topic, for subscribers that want mail, a queue or a function and no rule of EventBridge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from millrace.adapters.errors import translated
from millrace.domain import digest
from millrace.domain.errors import TooLarge

MESSAGE_BYTES = 256 * 1024  # attributes included
FILTERED = ("tenant", "state")  # fields of the detail by which a subscription may choose


class Publisher(Protocol):
    """What of SNS's client is used."""

    @property
    def publish(self) -> Callable[..., object]:
        """Send one message to every subscriber."""
        ...


class SnsAnnouncements:
    """Implements ports.Announcements."""

    def __init__(self, client: Publisher, topic_arn: str) -> None:
        self._client, self._topic_arn = client, topic_arn

    def publish(self, kind: str, detail: Mapping[str, object]) -> None:
        """Send one message: `kind` is its subject, the detail its body. Raises TooLarge beyond 256 KiB."""
        content = digest.canonical(dict(detail))
        attributes = {
            name: {"DataType": "String", "StringValue": str(detail[name])} for name in FILTERED if name in detail
        }
        size = len(content) + sum(
            len(name) + len("String") + len(value["StringValue"].encode()) for name, value in attributes.items()
        )
        if size > MESSAGE_BYTES:
            raise TooLarge(f"the message {kind} has {size} bytes; at most {MESSAGE_BYTES} fit", hint="pass an address")
        with translated(f"topic {self._topic_arn}"):
            self._client.publish(
                TopicArn=self._topic_arn, Subject=kind, Message=content.decode(), MessageAttributes=attributes
            )
