from __future__ import annotations

from typing import Any

import pytest

from millrace.domain.errors import InvalidInput
from millrace.protocol import queue_events
from tests.events import load


def test_messages_are_read_with_their_ids() -> None:
    messages = queue_events.messages(load("collect-captures"))
    assert list(messages) == ["059f36b4-87a3-44ab-83d2-661975830a7d", "2e1424d4-f796-459a-8184-9c92662be6da"]
    assert all(body.startswith('{"model":"credit"') for body in messages.values())


@pytest.mark.parametrize(
    ("event", "field"), [({}, "Records"), ([], ""), ({"Records": [{"body": "x"}]}, "Records.0.messageId")]
)
def test_other_events_are_refused(event: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        queue_events.messages(event)
    assert (caught.value.code, caught.value.field) == ("invalid_event", field)


def test_what_failed_comes_again() -> None:
    assert queue_events.again(["a", "b"]) == {"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "b"}]}
    assert queue_events.again({}) == {"batchItemFailures": []}
