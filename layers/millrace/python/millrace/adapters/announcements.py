"""Our events on the EventBridge bus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from millrace.adapters.errors import by_code, translated
from millrace.domain import digest
from millrace.domain.errors import TooLarge

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient

SOURCE = "millrace"
ENTRY_BYTES = 256 * 1024


class EventBridgeAnnouncements:
    """Implements ports.Announcements."""

    def __init__(self, client: EventBridgeClient, bus: str) -> None:
        self._client, self._bus = client, bus

    def publish(self, kind: str, detail: Mapping[str, object]) -> None:
        """Put one event on the bus; `kind` is its detail-type. Raises TooLarge beyond 256 KiB."""
        content = digest.canonical(dict(detail))
        size = len(SOURCE) + len(kind.encode()) + len(content)
        if size > ENTRY_BYTES:
            raise TooLarge(f"the event {kind} has {size} bytes; at most {ENTRY_BYTES} fit", hint="pass an address")
        with translated(f"event bus {self._bus}"):
            answer = self._client.put_events(
                Entries=[{"EventBusName": self._bus, "Source": SOURCE, "DetailType": kind, "Detail": content.decode()}]
            )
        if answer["FailedEntryCount"]:  # the call succeeds even when its entry does not
            failed = answer["Entries"][0]
            raise by_code(failed.get("ErrorCode", "Unknown"), f"event bus {self._bus}", "PutEvents")
