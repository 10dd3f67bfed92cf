"""What goes wrong is told to the operators: every dead letter, schedule and serving function is watched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from millrace.domain import drift
from millrace.domain.run import RunState
from millrace.edge.run_metrics import metric_name
from tests.stacks.conftest import CONTEXT, synthesized_to
from tests.stacks.templates import Resource, Templates

FAILED, NAMESPACE = RunState.FAILED, "Millrace/{}"


def alarms(templates: Templates) -> dict[str, Resource]:
    """By name, without what every name of the stage begins with."""
    prefix = f"millrace-{templates.stage}-"
    found = {each.properties["AlarmName"].removeprefix(prefix): each for each in templates.of("CloudWatch::Alarm")}
    assert all(each.properties["AlarmName"].startswith(prefix) for each in found.values())
    return found


def on(templates: Templates, metric: str, statistic: str) -> set[str]:
    """What alarms on this statistic of this metric watch: the value of their first dimension."""
    return {
        templates.text(each.part, each.properties["Dimensions"][0]["Value"])
        for each in alarms(templates).values()
        if (each.properties["MetricName"], each.properties.get("Statistic")) == (metric, statistic)
    }


def test_every_alarm_tells_the_operators_and_none_is_raised_by_silence(templates: Templates) -> None:
    for alarm in alarms(templates).values():
        (action,) = alarm.properties["AlarmActions"]
        assert templates.text(alarm.part, action) == "<OperationsTopicArn>"
        assert alarm.properties["TreatMissingData"] == "notBreaching"
        assert alarm.properties.get("ActionsEnabled", True) is True


def test_the_operators_topic_is_where_what_is_kept_is(templates: Templates) -> None:
    assert templates.output("data", "OperationsTopicArn") == "<OperationsTopicArn>"


def test_alarms_may_publish_on_it_and_this_stages_only(templates: Templates) -> None:
    allowed = [
        statement
        for policy in templates.of("SNS::TopicPolicy")
        for statement in templates.read(policy.part, policy.properties["PolicyDocument"])
        if statement.resources == {"<OperationsTopicArn>"} and statement.allow
    ]
    (statement,) = allowed
    assert statement.principal == "cloudwatch.amazonaws.com"
    assert statement.actions == {"sns:Publish"}
    here = "arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>"
    assert statement.conditions == {"ArnLike": {"aws:SourceArn": (f"{here}:alarm:millrace-{templates.stage}-*",)}}


def test_every_dead_letter_is_told(templates: Templates) -> None:
    """A queue that sets nothing aside is one where things are set aside."""
    dead_ends = {(each.part, each.id) for each in templates.of("SQS::Queue") if "RedrivePolicy" not in each.properties}
    watched = {
        (each.part, each.properties["Dimensions"][0]["Value"]["Fn::GetAtt"][0])
        for each in alarms(templates).values()
        if (each.properties["MetricName"], each.properties.get("Statistic"))
        == ("ApproximateNumberOfMessagesVisible", "Maximum")
    }
    assert watched == dead_ends


def test_captures_that_nothing_collects_are_told(templates: Templates) -> None:
    alarm = alarms(templates)["waiting-captures"]
    assert (alarm.properties["MetricName"], alarm.properties["Threshold"]) == ("ApproximateAgeOfOldestMessage", 900)
    assert templates.text(alarm.part, alarm.properties["Dimensions"][0]["Value"]) == "<CaptureQueueUrl.QueueName>"


def test_errors_of_every_scheduled_function_are_told(templates: Templates) -> None:
    scheduled = {
        templates.text(rule.part, target["Arn"]).removesuffix(":live>") + ">"
        for rule in templates.of("Events::Rule")
        if "ScheduleExpression" in rule.properties
        for target in rule.properties["Targets"]
    }
    assert "<reconcile>" in scheduled
    assert on(templates, "Errors", "Sum") == scheduled


def test_refused_calls_of_every_function_behind_the_api_are_told(templates: Templates) -> None:
    serving = {
        templates.text(each.part, each.properties["FunctionName"]).removesuffix(":live>") + ">"
        for each in templates.of("Lambda::Permission")
        if each.properties["Principal"] == "apigateway.amazonaws.com"
    }
    assert serving == {"<authorize>", "<predict>", "<control>"}
    assert on(templates, "Throttles", "Sum") == serving


def test_a_failed_run_is_told_and_a_rejected_one_is_not(templates: Templates) -> None:
    alarm = alarms(templates)["failed-runs"].properties
    assert (alarm["Namespace"], alarm["MetricName"]) == (NAMESPACE.format(templates.stage), metric_name(FAILED))
    assert (alarm["Statistic"], alarm["Threshold"], alarm["EvaluationPeriods"]) == ("Sum", 1, 1)
    assert "Dimensions" not in alarm
    own = [each for each in alarms(templates).values() if each.properties["Namespace"].startswith("Millrace")]
    assert len(own) == 1
    assert not any(each.properties["Namespace"] == "AWS/States" for each in alarms(templates).values())


def test_a_job_that_nobody_takes_is_told_and_one_that_takes_long_is_not(templates: Templates) -> None:
    """The age of the oldest message counts what a worker has in hand, which can be hours old and well."""
    alarm = alarms(templates)["waiting-jobs"]
    assert alarm.properties["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert (alarm.properties["Statistic"], alarm.properties["Period"]) == ("Minimum", 60)
    assert alarm.properties["EvaluationPeriods"] == alarm.properties["DatapointsToAlarm"] == 15
    assert templates.text(alarm.part, alarm.properties["Dimensions"][0]["Value"]) == "<JobQueueUrl.QueueName>"


def test_the_api_is_watched_as_a_whole(templates: Templates) -> None:
    for name, metric, how in (("api-errors", "5XXError", "Average"), ("api-latency", "Latency", "p99")):
        alarm = alarms(templates)[name].properties
        assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/ApiGateway", metric)
        assert alarm.get("Statistic", alarm.get("ExtendedStatistic")) == how
        assert {each["Name"] for each in alarm["Dimensions"]} == {"ApiName", "Stage"}
        assert (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (2, 3)


def test_none_needs_metric_math_which_not_every_cloud_has(templates: Templates) -> None:
    assert not any("Metrics" in each.properties for each in alarms(templates).values())


def test_none_could_be_taken_for_a_models(templates: Templates) -> None:
    for alarm in alarms(templates).values():
        assert drift.alarm_of(templates.stage, alarm.properties["AlarmName"]) is None


@pytest.mark.parametrize(
    ("part", "field", "value", "name", "expected"),
    [
        ("inference", "alarm_error_percent", 7, "api-errors", {"Threshold": 0.07}),
        ("inference", "alarm_latency_ms", 900, "api-latency", {"Threshold": 900}),
        ("training", "alarm_wait_minutes", 45, "waiting-jobs", {"EvaluationPeriods": 45, "DatapointsToAlarm": 45}),
    ],
)
def test_a_stage_says_what_is_too_much(
    tmp_path: Path, part: str, field: str, value: int, name: str, expected: dict[str, Any]
) -> None:
    assert field not in CONTEXT["stages"]["dev"]
    template = synthesized_to(tmp_path, "dev", **{field: value}) / f"millrace-dev-{part}.template.json"
    found = [
        each["Properties"]
        for each in json.loads(template.read_text())["Resources"].values()
        if each["Type"] == "AWS::CloudWatch::Alarm" and each["Properties"]["AlarmName"] == f"millrace-dev-{name}"
    ]
    (alarm,) = found
    assert {key: alarm[key] for key in expected} == expected
