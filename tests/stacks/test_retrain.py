"""Models' alarms reach `retrain`, and what it can't handle is kept."""

from __future__ import annotations

from tests.stacks.templates import Templates


def test_what_retrain_could_not_handle_is_tried_again_and_kept(templates: Templates) -> None:
    (config,) = [
        each.properties
        for each in templates.of("Lambda::EventInvokeConfig")
        if templates.text(each.part, each.properties["FunctionName"]) == "<retrain>"
    ]
    assert config["MaximumRetryAttempts"] == 2
    destination = config["DestinationConfig"]["OnFailure"]["Destination"]
    assert templates.text("monitoring", destination) == "<MonitoringDeadLetterQueueUrl.Arn>"


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
