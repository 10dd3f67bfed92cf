from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from millrace.adapters.job_queue import SqsJobQueue
from millrace.adapters.session import Clients
from millrace.domain.errors import Corrupt, NotFound
from millrace.ports import JobQueue
from tests.contracts.conftest import unique
from tests.fakes.clock import FakeClock
from tests.fakes.job_queue import FakeJobQueue

VISIBILITY = 2  # seconds


@dataclass(frozen=True)
class Place:
    """A queue of its own, a way to send to it, and a way to let seconds pass."""

    queue: JobQueue
    send: Callable[[str, str], None]
    let_pass: Callable[[float], None]


@pytest.fixture(params=["fake", "aws"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "fake":
        clock = FakeClock()
        fake = FakeJobQueue(clock, VISIBILITY)
        return Place(fake, fake.send, clock.advance)
    sqs = request.getfixturevalue("clients").sqs()
    url = sqs.create_queue(QueueName=unique("jobs"))["QueueUrl"]

    def send(job_uri: str, token: str) -> None:
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"job_uri": job_uri, "token": token}))

    return Place(SqsJobQueue(sqs, url, VISIBILITY), send, time.sleep)


def test_an_empty_queue_gives_none(place: Place) -> None:
    assert place.queue.receive(0) is None


def test_a_message_carries_its_address_and_token(place: Place) -> None:
    place.send("s3://bucket/größe/job.json", "a token")
    message = place.queue.receive(1)
    assert message is not None
    assert (message.job_uri, message.token) == ("s3://bucket/größe/job.json", "a token")


def test_a_received_message_is_hidden_and_comes_back(place: Place) -> None:
    place.send("s3://b/k", "token")
    assert place.queue.receive(1) is not None
    assert place.queue.receive(0) is None
    place.let_pass(VISIBILITY + 0.5)
    again = place.queue.receive(1)
    assert again is not None
    assert again.token == "token"


def test_an_extended_message_stays_hidden(place: Place) -> None:
    place.send("s3://b/k", "token")
    message = place.queue.receive(1)
    assert message is not None
    place.queue.extend(message, 60)
    place.let_pass(VISIBILITY + 0.5)
    assert place.queue.receive(0) is None


def test_a_message_can_be_given_back_at_once(place: Place) -> None:
    place.send("s3://b/k", "token")
    message = place.queue.receive(1)
    assert message is not None
    place.queue.extend(message, 0)
    assert place.queue.receive(1) is not None


def test_a_deleted_message_never_comes_back(place: Place) -> None:
    place.send("s3://b/k", "token")
    message = place.queue.receive(1)
    assert message is not None
    place.queue.delete(message)
    place.queue.delete(message)
    with pytest.raises(NotFound):
        place.queue.extend(message, 10)
    place.let_pass(VISIBILITY + 0.5)
    assert place.queue.receive(0) is None


def test_two_workers_get_two_messages(place: Place) -> None:
    for token in ("a", "b"):
        place.send("s3://b/k", token)
    received = [place.queue.receive(1), place.queue.receive(1)]
    assert {message.token for message in received if message is not None} == {"a", "b"}


@pytest.mark.parametrize("body", ["", "nonsense", "[]", '"text"', '{"job_uri": "s3://b/k"}', '{"token": "t"}'])
def test_a_message_that_is_no_job_is_corrupt_and_stays(clients: Clients, body: str) -> None:
    url = clients.sqs().create_queue(QueueName=unique("jobs"))["QueueUrl"]
    clients.sqs().send_message(QueueUrl=url, MessageBody=body or " ")
    with pytest.raises(Corrupt):
        SqsJobQueue(clients.sqs(), url, VISIBILITY).receive(1)
    counts = clients.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])[
        "Attributes"
    ]
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_an_absent_queue_is_not_found(clients: Clients, queue: str) -> None:
    with pytest.raises(NotFound):
        SqsJobQueue(clients.sqs(), f"{queue}-absent", VISIBILITY).receive(0)


def test_a_message_does_not_show_its_token(clients: Clients, queue: str) -> None:
    clients.sqs().send_message(QueueUrl=queue, MessageBody='{"job_uri": "s3://b/k", "token": "secret"}')
    assert "secret" not in repr(SqsJobQueue(clients.sqs(), queue, VISIBILITY).receive(1))
