from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from millrace.adapters.capture_store import S3CaptureStore
from millrace.adapters.captures import MESSAGE_BYTES, SqsCaptures
from millrace.adapters.dead_letters import SqsDeadLetters
from millrace.adapters.session import Clients
from millrace.domain.capture import Recorded
from millrace.domain.errors import MillraceError, NotFound
from millrace.ports import Captures, DeadLetters
from tests.contracts.conftest import unique
from tests.contracts.test_capture_store import captured, partition
from tests.fakes.capture_store import FakeCaptureStore
from tests.fakes.captures import FakeCaptures, FakeDeadLetters


def bodies(clients: Clients, url: str) -> list[str]:
    """What waits in a queue, which is empty then."""
    found: list[str] = []
    while got := clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [each["Body"] for each in got]
        for each in got:
            clients.sqs().delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return found


@dataclass(frozen=True)
class Place:
    """A queue of captures, one of dead letters, and what waits in each."""

    captures: Captures
    dead_letters: DeadLetters
    waiting: Callable[[], list[str]]
    dead: Callable[[], list[str]]


@pytest.fixture(params=["fake", "aws"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "fake":
        fake, dead = FakeCaptures(), FakeDeadLetters()
        return Place(fake, dead, lambda: fake.messages, lambda: dead.kept)
    clients: Clients = request.getfixturevalue("clients")
    urls = [clients.sqs().create_queue(QueueName=unique("queue"))["QueueUrl"] for _ in range(2)]
    return Place(
        SqsCaptures(clients.sqs(), urls[0], FakeCaptureStore()),
        SqsDeadLetters(clients.sqs(), urls[1]),
        lambda: bodies(clients, urls[0]),
        lambda: bodies(clients, urls[1]),
    )


def test_what_was_recorded_is_read(place: Place, tenant: str) -> None:
    capture = replace(captured(tenant, rows=3), version_created="2026-01-01T00:00:00.000Z")
    place.captures.record(capture)
    (message,) = place.waiting()
    assert Recorded.parse(message) == Recorded(
        partition(tenant), capture.id, 3, "2026-01-01T00:00:00.000Z", tuple(capture.lines())
    )


def test_a_dead_letter_is_kept_as_it_was(place: Place) -> None:
    place.dead_letters.keep("größe\n{")
    assert place.dead() == ["größe\n{"]


def rows_of(size: int, tenant: str) -> int:
    """How many rows make a message of about this size."""
    one = captured(tenant, rows=2)
    return (size - len(one.heading)) // (len(one.line(0)) + 1)


def test_a_message_is_as_large_as_its_bound_and_what_is_larger_goes_to_the_bucket(
    clients: Clients, queue: str, bucket: str, tenant: str
) -> None:
    store, refused = S3CaptureStore(clients.s3(), bucket), list[MillraceError]()
    captures = SqsCaptures(clients.sqs(), queue, store, refused.append)
    rows = rows_of(MESSAGE_BYTES * 97 // 100, tenant)  # their numbers in the ids take some too
    captures.record(captured(tenant, rows=rows))
    (message,) = bodies(clients, queue)
    assert MESSAGE_BYTES * 0.9 < len(message.encode()) <= MESSAGE_BYTES
    large = captured(tenant, 1, rows=3 * rows)
    captures.record(large)
    assert bodies(clients, queue) == []
    (key,) = store.objects(partition(tenant))
    assert [line.inference_id for line in store.read(key)] == [f"{large.id}.{row}" for row in range(3 * rows)]
    assert refused == []


def test_what_the_queue_refuses_goes_to_the_bucket(clients: Clients, bucket: str, tenant: str) -> None:
    store, refused = S3CaptureStore(clients.s3(), bucket), list[MillraceError]()
    nowhere = clients.sqs().create_queue(QueueName=unique("queue"))["QueueUrl"]
    clients.sqs().delete_queue(QueueUrl=nowhere)
    capture = captured(tenant, rows=2)
    SqsCaptures(clients.sqs(), nowhere, store, refused.append).record(capture)
    assert [error.code for error in refused] == ["not_found"]
    (key,) = store.objects(partition(tenant))
    assert [line.inference_id for line in store.read(key)] == [f"{capture.id}.0", f"{capture.id}.1"]


def test_what_neither_takes_is_an_error(clients: Clients, tenant: str) -> None:
    nowhere = clients.sqs().create_queue(QueueName=unique("queue"))["QueueUrl"]
    clients.sqs().delete_queue(QueueUrl=nowhere)
    with pytest.raises(NotFound):
        SqsCaptures(clients.sqs(), nowhere, S3CaptureStore(clients.s3(), unique("none"))).record(captured(tenant))
