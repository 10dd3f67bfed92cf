"""Models' alarms reach `retrain`."""

from __future__ import annotations

from tests.stacks.templates import Templates


def test_models_alarms_and_nobody_else_s_reach_retrain(templates: Templates) -> None:
    subscription = templates.one("SNS::Subscription")
    assert subscription.properties["Protocol"] == "lambda"
    assert templates.text(subscription.part, subscription.properties["TopicArn"]) == "<DriftTopicArn>"
    assert templates.text(subscription.part, subscription.properties["Endpoint"]) == "<retrain:live>"
    (alarmed,) = [
        each
        for policy in templates.of("SNS::TopicPolicy")
        if [templates.text(policy.part, topic) for topic in policy.properties["Topics"]] == ["<DriftTopicArn>"]
        for each in templates.read(policy.part, policy.properties["PolicyDocument"])
        if each.allow
    ]
    assert (alarmed.principal, set(alarmed.actions)) == ("cloudwatch.amazonaws.com", {"sns:Publish"})
    alarms = "arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm"
    assert alarmed.conditions == {"ArnLike": {"aws:SourceArn": (f"{alarms}:millrace-{templates.stage}-drift-*",)}}
