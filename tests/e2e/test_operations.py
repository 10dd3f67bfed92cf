"""The deployed stage's alarms reach its operators, and its page of pictures is there."""

from __future__ import annotations

import json
from typing import Any

from millrace.adapters.session import Clients
from millrace.settings import Settings
from tests.contracts.conftest import unique
from tests.contracts.test_announcements import open_queue, received
from tests.stage import Stage

NAMESPACE = Settings(stage="local").metrics


def count(stage: Stage, failed: int) -> None:
    """What CloudWatch makes of a log line of `notify`, which the embedded cloud does not read."""
    data = {"MetricName": "runs/failed", "Value": failed, "Unit": "Count"}
    stage.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[data])


def alarm(stage: Stage) -> dict[str, Any]:
    (found,) = stage.client("cloudwatch").describe_alarms(AlarmNames=["millrace-local-failed-runs"])["MetricAlarms"]
    return dict(found)


def test_a_failed_run_reaches_whoever_subscribed(stage: Stage, clients: Clients) -> None:
    url, arn = open_queue(clients, unique("operators"))
    topic = stage.outputs["OperationsTopicArn"]
    subscription = stage.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    count(stage, 0)
    assert alarm(stage)["StateValue"] == "OK"
    count(stage, 1)
    (heard,) = received(clients, url, 1)
    told = json.loads(heard["Message"])
    assert (told["AlarmName"], told["NewStateValue"]) == ("millrace-local-failed-runs", "ALARM")
    assert told["AlarmDescription"].endswith("docs/runbook.md#failed-runs")
    stage.client("sns").unsubscribe(SubscriptionArn=subscription)


def test_every_alarm_of_the_templates_is_there(stage: Stage) -> None:
    pages = stage.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix="millrace-local-")
    found = {each["AlarmName"]: each for page in pages for each in page["MetricAlarms"]}
    own = {name: each for name, each in found.items() if not name.startswith("millrace-local-drift-")}
    assert len(own) >= 12
    assert all(each["AlarmActions"] == [stage.outputs["OperationsTopicArn"]] for each in own.values())


def test_the_stages_page_is_there(stage: Stage) -> None:
    body = json.loads(stage.client("cloudwatch").get_dashboard(DashboardName="millrace-local")["DashboardBody"])
    assert {each["properties"]["region"] for each in body["widgets"]} == {stage.session.region_name}
