"""What the drift topic says, and what of it asks for anything."""

from __future__ import annotations

import json
from typing import Any

import pytest

from millrace.domain.drift import alarm_name, reminder
from millrace.domain.errors import InvalidInput
from millrace.protocol.drift_notice import Drifting, Ignored, read


def event(*messages: object) -> dict[str, Any]:
    texts = [each if isinstance(each, str) else json.dumps(each) for each in messages]
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": text}} for text in texts]}


def alarm(name: str, state: str = "ALARM") -> dict[str, str]:
    return {"AlarmName": name, "NewStateValue": state, "OldStateValue": "OK"}


OURS = alarm_name("prod", "acme", "churn")


def test_a_rising_alarm_and_a_reminder_name_the_model() -> None:
    told = read(event(alarm(OURS), reminder("acme", "fraud")), "prod")
    assert told == [Drifting("acme", "churn"), Drifting("acme", "fraud")]


def test_the_same_model_is_told_once() -> None:
    assert read(event(alarm(OURS), reminder("acme", "churn"), alarm(OURS)), "prod") == [Drifting("acme", "churn")]


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (alarm(OURS, "OK"), "no rising alarm"),
        (alarm(OURS, "INSUFFICIENT_DATA"), "no rising alarm"),
        (alarm(alarm_name("dev", "acme", "churn")), "an alarm of no model of this stage"),
        (alarm("millrace-prod-failed-runs"), "an alarm of no model of this stage"),
        (alarm("millrace-prod-drift-acme"), "an alarm of no model of this stage"),
        (alarm("millrace-prod-drift-ACME/churn"), "no names of a tenant and a model"),
        (reminder("acme", "../churn"), "no names of a tenant and a model"),
        (reminder("", ""), "no names of a tenant and a model"),
        ({"reminder": {"tenant": "acme"}}, "neither an alarm nor a reminder"),
        ({"reminder": "acme"}, "neither an alarm nor a reminder"),
        ("hello", "neither an alarm nor a reminder"),
        ("[1]", "neither an alarm nor a reminder"),
        ("", "neither an alarm nor a reminder"),
    ],
)
def test_what_asks_for_nothing_says_why(message: object, why: str) -> None:
    assert read(event(message), "prod") == [Ignored(why)]


def test_one_bad_message_does_not_hide_another() -> None:
    told = read(event("hello", alarm(OURS)), "prod")
    assert told == [Ignored("neither an alarm nor a reminder"), Drifting("acme", "churn")]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "Records"),
        ({"Records": []}, "Records"),
        ({"Records": [{"EventSource": "aws:sqs", "Sns": {"Message": ""}}]}, "Records.0.EventSource"),
        ({"Records": [{"EventSource": "aws:sns"}]}, "Records.0.Sns"),
        ("hello", ""),
    ],
)
def test_another_event_is_refused_with_the_field(wrong: object, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(wrong, "prod")
    assert (caught.value.code, caught.value.field) == ("invalid_event", field)
