from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from millrace.adapters.announcements import EventBridgeAnnouncements
from millrace.adapters.session import Clients
from millrace.adapters.topic import SnsAnnouncements
from millrace.domain.errors import MillraceError, NotFound, TooLarge
from millrace.ports import Announcements
from tests.contracts.conftest import unique
from tests.fakes.announcements import FakeAnnouncements

Heard = list[tuple[str, Any]]


@dataclass(frozen=True)
class Place:
    """A bus, and what a listener hears next on it: `count` pairs of kind and detail, or fewer."""

    announcements: Announcements
    hear: Callable[[int], Heard]


@pytest.fixture(params=["fake", "bus", "topic"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "fake":
        fake = FakeAnnouncements()
        return Place(fake, lambda _: list(fake.published))
    clients: Clients = request.getfixturevalue("clients")
    return on_bus(clients) if request.param == "bus" else on_topic(clients)


def open_queue(clients: Clients, name: str) -> tuple[str, str]:
    """The URL and the ARN of a queue that takes from anybody."""
    url = clients.sqs().create_queue(QueueName=name)["QueueUrl"]
    arn = clients.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    clients.sqs().set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url, arn


def received(clients: Clients, url: str, count: int) -> list[Any]:
    """The bodies of the next messages."""
    heard: list[Any] = []
    while len(heard) < count:
        got = clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
        if not got.get("Messages"):
            break
        heard += [json.loads(message["Body"]) for message in got["Messages"]]
    return heard


def on_topic(clients: Clients) -> Place:
    name = unique("topic")
    topic = sns(clients).create_topic(Name=name)["TopicArn"]
    url, arn = open_queue(clients, name)
    sns(clients).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def hear(count: int) -> Heard:
        return [(each["Subject"], json.loads(each["Message"])) for each in received(clients, url, count)]

    return Place(SnsAnnouncements(clients.sns(), topic), hear)


def sns(clients: Clients) -> Any:
    """SNS's own client, with all that a test sets up."""
    return clients.sns()


def on_bus(clients: Clients) -> Place:
    bus = unique("bus")
    url, arn = open_queue(clients, bus)
    clients.events().create_event_bus(Name=bus)
    clients.events().put_rule(Name="all", EventBusName=bus, EventPattern=json.dumps({"source": ["millrace"]}))
    clients.events().put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])

    def hear(count: int) -> Heard:
        return [(event["detail-type"], event["detail"]) for event in received(clients, url, count)]

    return Place(EventBridgeAnnouncements(clients.events(), bus), hear)


def test_what_is_published_is_heard(place: Place) -> None:
    place.announcements.publish("Run Succeeded", {"tenant": "größe", "version": 3, "failure": None})
    place.announcements.publish("Run Failed", {"run_id": "1", "failure": {"code": "internal"}})
    heard = dict(place.hear(2))
    assert heard == {
        "Run Succeeded": {"tenant": "größe", "version": 3, "failure": None},
        "Run Failed": {"run_id": "1", "failure": {"code": "internal"}},
    }


def test_an_event_beyond_the_bound_is_refused(place: Place) -> None:
    with pytest.raises(TooLarge):
        place.announcements.publish("Run Failed", {"cause": "é" * (128 * 1024)})
    place.announcements.publish("Run Failed", {"cause": "é" * (127 * 1024)})
    assert len(place.hear(1)) == 1


def test_a_failure_inside_an_answer_that_succeeded_is_raised() -> None:
    class Refusing:
        def put_events(self, **_: object) -> dict[str, object]:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "slow"}]}

    with pytest.raises(MillraceError) as caught:
        EventBridgeAnnouncements(Refusing(), "bus").publish("Run Failed", {})  # type: ignore[arg-type]  # a client with the one call that it makes
    assert caught.value.code == "unavailable"


def test_a_subscription_chooses_by_tenant_and_state(clients: Clients) -> None:
    name = unique("topic")
    topic = sns(clients).create_topic(Name=name)["TopicArn"]
    url, arn = open_queue(clients, name)
    chosen = {"FilterPolicy": json.dumps({"tenant": ["acme"], "state": ["rejected", "failed"]})}
    sns(clients).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=chosen)
    announcements = SnsAnnouncements(clients.sns(), topic)
    for tenant, state in (("acme", "succeeded"), ("other", "failed"), ("acme", "failed"), ("acme", "rejected")):
        announcements.publish("Run", {"tenant": tenant, "state": state})
    heard = [json.loads(each["Message"]) for each in received(clients, url, 2)]
    assert sorted((each["tenant"], each["state"]) for each in heard) == [("acme", "failed"), ("acme", "rejected")]
    assert clients.sqs().receive_message(QueueUrl=url).get("Messages", []) == []


def test_a_topic_that_is_not_there_is_not_found(clients: Clients) -> None:
    with pytest.raises(NotFound):
        SnsAnnouncements(clients.sns(), "arn:aws:sns:us-east-1:000000000000:nowhere").publish("Run", {})
