from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from millrace.adapters.alarms import CloudWatchAlarms
from millrace.adapters.clock import SystemClock
from millrace.adapters.metrics import CloudWatchMetrics
from millrace.adapters.session import Clients
from millrace.domain import drift
from millrace.ports import Alarms
from tests.contracts.conftest import unique
from tests.contracts.test_announcements import open_queue, received, sns
from tests.fakes.alarms import FakeAlarms

TOPIC = "arn:aws:sns:us-east-1:000000000000:nobody"


@dataclass(frozen=True)
class Place:
    """Alarms of a stage that no other test has, and the names of those that stand."""

    alarms: Alarms
    stage: str
    standing: Callable[[], set[str]]


@pytest.fixture(params=["fake", "cloudwatch"])
def place(request: pytest.FixtureRequest) -> Place:
    stage = unique("stage")
    if request.param == "fake":
        fake = FakeAlarms(stage)
        return Place(fake, stage, lambda: fake.standing)
    clients: Clients = request.getfixturevalue("clients")
    return Place(CloudWatchAlarms(clients.cloudwatch(), stage, TOPIC), stage, lambda: set(described(clients, stage)))


def described(clients: Clients, stage: str) -> dict[str, Any]:
    """CloudWatch's own word on a stage's alarms, by name."""
    found = clients.cloudwatch().describe_alarms(AlarmNamePrefix=f"millrace-{stage}-drift-")["MetricAlarms"]
    return {alarm["AlarmName"]: alarm for alarm in found}


def test_an_alarm_put_twice_stands_once(place: Place) -> None:
    place.alarms.put("acme", "churn")
    place.alarms.put("acme", "churn")
    assert place.standing() == {drift.alarm_name(place.stage, "acme", "churn")}


def test_one_is_removed_and_the_others_stay(place: Place) -> None:
    for tenant, model in (("acme", "churn"), ("acme", "churn-2"), ("other", "churn")):
        place.alarms.put(tenant, model)
    place.alarms.remove("acme", "churn")
    named = {drift.alarm_of(place.stage, name) for name in place.standing()}
    assert named == {("acme", "churn-2"), ("other", "churn")}


def test_to_remove_one_that_is_not_there_does_nothing(place: Place) -> None:
    place.alarms.remove("acme", "churn")
    assert place.standing() == set()


def test_what_an_alarm_is(clients: Clients) -> None:
    stage = unique("stage")
    CloudWatchAlarms(clients.cloudwatch(), stage, TOPIC).put("acme", "churn")
    (alarm,) = described(clients, stage).values()
    assert (alarm["Namespace"], alarm["MetricName"]) == (f"Millrace/{stage}", "drift/acme/churn")
    assert (alarm["Statistic"], alarm["Threshold"]) == ("Maximum", drift.ALARM_SEVERITY)
    assert alarm["TreatMissingData"] == "ignore"  # "not enough data" publishes none: the alarm neither rises nor ends
    assert alarm["AlarmActions"] == [TOPIC]
    for word in ("acme", "churn", "docs/runbook.md#"):
        assert word in alarm["AlarmDescription"]


def test_it_rises_at_the_severity_of_drift_and_tells_its_topic(clients: Clients) -> None:
    name = unique("topic")
    topic, stage = sns(clients).create_topic(Name=name)["TopicArn"], unique("stage")
    url, arn = open_queue(clients, name)
    sns(clients).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    CloudWatchAlarms(clients.cloudwatch(), stage, topic).put("acme", "churn")
    metrics = CloudWatchMetrics(clients.cloudwatch(), stage, SystemClock())
    metrics.publish(drift.metric_name("acme", "other"), 5.0)  # another model's
    metrics.publish(drift.metric_name("acme", "churn"), 0.999)
    (alarm,) = described(clients, stage).values()
    assert alarm["StateValue"] == "OK"
    metrics.publish(drift.metric_name("acme", "churn"), drift.ALARM_SEVERITY)
    (told,) = received(clients, url, 1)
    message = json.loads(told["Message"])
    assert drift.alarm_of(stage, message["AlarmName"]) == ("acme", "churn")
    assert message["NewStateValue"] == "ALARM"


def test_an_alarm_put_again_keeps_its_state(clients: Clients) -> None:
    """A registered challenger must not make the alarm rise anew, nor end it."""
    stage = unique("stage")
    alarms = CloudWatchAlarms(clients.cloudwatch(), stage, TOPIC)
    alarms.put("acme", "churn")
    CloudWatchMetrics(clients.cloudwatch(), stage, SystemClock()).publish(drift.metric_name("acme", "churn"), 2.0)
    (before,) = described(clients, stage).values()
    alarms.put("acme", "churn")
    (after,) = described(clients, stage).values()
    assert before["StateValue"] == after["StateValue"] == "ALARM"
    assert before["StateUpdatedTimestamp"] == after["StateUpdatedTimestamp"]
