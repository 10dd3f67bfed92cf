from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from millrace.adapters.announcements import EventBridgeAnnouncements
from millrace.adapters.session import Clients
from millrace.domain.errors import MillraceError, TooLarge
from millrace.ports import Announcements
from tests.contracts.conftest import unique
from tests.fakes.announcements import FakeAnnouncements

Heard = list[tuple[str, Any]]


@dataclass(frozen=True)
class Place:
    """A bus, and what a listener hears next on it: `count` pairs of kind and detail, or fewer."""

    announcements: Announcements
    hear: Callable[[int], Heard]


@pytest.fixture(params=["fake", "aws"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "fake":
        fake = FakeAnnouncements()
        return Place(fake, lambda _: list(fake.published))
    clients: Clients = request.getfixturevalue("clients")
    bus = unique("bus")
    url = clients.sqs().create_queue(QueueName=bus)["QueueUrl"]
    arn = clients.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    clients.sqs().set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    clients.events().create_event_bus(Name=bus)
    clients.events().put_rule(Name="all", EventBusName=bus, EventPattern=json.dumps({"source": ["millrace"]}))
    clients.events().put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])

    def hear(count: int) -> Heard:
        heard: list[Any] = []
        while len(heard) < count:
            got = clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
            if not got.get("Messages"):
                break
            heard += [json.loads(message["Body"]) for message in got["Messages"]]
        return [(event["detail-type"], event["detail"]) for event in heard]

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
        EventBridgeAnnouncements(Refusing(), "bus").publish("Run Failed", {})  # type: ignore[arg-type]  # it stands in
    assert caught.value.code == "unavailable"
