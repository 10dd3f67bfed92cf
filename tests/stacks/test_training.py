"""Uploads reach ingest, jobs reach a queue, and what can't be handled is kept."""

from __future__ import annotations

from typing import Any

from tests.stacks.conftest import CONTEXT
from tests.stacks.templates import Resource, Templates


def queues(templates: Templates) -> dict[str, Resource]:
    return {templates.name(each.part, each.id): each for each in templates.of("SQS::Queue")}


def rule(templates: Templates, described: str) -> dict[str, Any]:
    (found,) = [each.properties for each in templates.of("Events::Rule") if described in each.properties["Description"]]
    return found


def test_uploads_reach_ingest(templates: Templates) -> None:
    uploaded = rule(templates, "arrived")
    assert uploaded["State"] == "ENABLED"
    assert uploaded["EventPattern"]["source"] == ["aws.s3"]
    assert uploaded["EventPattern"]["detail-type"] == ["Object Created"]
    (bucket,) = uploaded["EventPattern"]["detail"]["bucket"]["name"]
    assert templates.text("training", bucket) == "<LandingBucket>"
    (target,) = uploaded["Targets"]
    assert templates.text("training", target["Arn"]) == "<ingest:live>"


def test_events_that_ingest_never_saw_are_tried_again_and_kept(templates: Templates) -> None:
    (target,) = rule(templates, "arrived")["Targets"]
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 21_600, "MaximumRetryAttempts": 8}
    assert templates.text("training", target["DeadLetterConfig"]["Arn"]) == "<SQS::Queue.Arn>"


def test_what_a_function_could_not_handle_is_tried_again_and_kept(templates: Templates) -> None:
    watching = ("<label>", "<retrain>", "<detect_drift>")
    kept = {"<ingest>": "<SQS::Queue.Arn>"} | dict.fromkeys(watching, "<MonitoringDeadLetterQueueUrl.Arn>")
    configs = templates.of("Lambda::EventInvokeConfig")
    assert {templates.text(each.part, each.properties["FunctionName"]) for each in configs} == set(kept)
    for each in configs:
        assert each.properties["MaximumRetryAttempts"] == 2
        destination = each.properties["DestinationConfig"]["OnFailure"]["Destination"]
        assert (
            templates.text(each.part, destination) == kept[templates.text(each.part, each.properties["FunctionName"])]
        )


def test_queues_are_encrypted_and_keep_for_two_weeks(templates: Templates) -> None:
    found = queues(templates)
    of_jobs, of_captures = {"JobQueueUrl", "JobDeadLetterQueueUrl"}, {"CaptureQueueUrl", "CaptureDeadLetterQueueUrl"}
    assert set(found) == {*of_jobs, *of_captures, "MonitoringDeadLetterQueueUrl", "SQS::Queue"}  # the last is ingest's
    for queue in found.values():
        assert templates.text(queue.part, queue.properties["KmsMasterKeyId"]) == "<KeyArn.Arn>"
        assert queue.properties["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_queues_refuse_plain_http_and_take_from_our_rule_only(templates: Templates) -> None:
    statements = [
        statement
        for policy in templates.of("SQS::QueuePolicy")
        for statement in templates.read(policy.part, policy.properties["PolicyDocument"])
    ]
    refused = [each for each in statements if not each.allow]
    assert len(refused) == len(queues(templates))
    for statement in refused:
        assert statement.actions == {"sqs:*"}
        assert statement.principal == "*"
        assert statement.conditions == {"Bool": {"aws:SecureTransport": ("false",)}}
    for taken in (each for each in statements if each.allow):
        assert taken.actions == {"sqs:SendMessage"}
        assert taken.principal == "events.amazonaws.com"
        assert taken.conditions == {"ArnEquals": {"aws:SourceArn": ("<Events::Rule.Arn>",)}}


def test_a_job_that_workers_lose_five_times_is_set_aside(templates: Templates) -> None:
    jobs = queues(templates)["JobQueueUrl"].properties
    assert jobs["VisibilityTimeout"] == CONTEXT["stages"][templates.stage].get("worker_visibility_seconds", 120)
    assert jobs["RedrivePolicy"]["maxReceiveCount"] == 10
    target = jobs["RedrivePolicy"]["deadLetterTargetArn"]
    assert templates.text("training", target) == "<JobDeadLetterQueueUrl.Arn>"


def test_the_output_says_the_queues_own_visibility(templates: Templates) -> None:
    jobs = queues(templates)["JobQueueUrl"].properties
    assert templates.output("training", "VisibilitySeconds") == str(jobs["VisibilityTimeout"])


def test_what_died_is_looked_after_every_five_minutes(templates: Templates) -> None:
    reconciling = rule(templates, "died")
    assert (reconciling["State"], reconciling["ScheduleExpression"]) == ("ENABLED", "rate(5 minutes)")
    (target,) = reconciling["Targets"]
    assert templates.text("training", target["Arn"]) == "<reconcile:live>"


def test_topics_are_encrypted_and_refuse_plain_http(templates: Templates) -> None:
    topics = templates.of("SNS::Topic")
    names = {templates.name(topic.part, topic.id) for topic in topics}
    assert names == {"RunTopicArn", "DriftTopicArn", "OperationsTopicArn"}
    for topic in topics:
        assert templates.text(topic.part, topic.properties["KmsMasterKeyId"]) == "<KeyArn.Arn>"
    refusing = set()
    for policy in templates.of("SNS::TopicPolicy"):
        refused = [each for each in templates.read(policy.part, policy.properties["PolicyDocument"]) if not each.allow]
        for each in refused:
            assert (each.principal, set(each.actions)) == ("*", {"sns:Publish"})
            assert each.conditions == {"Bool": {"aws:SecureTransport": ("false",)}}
            refusing |= {templates.text(policy.part, topic) for topic in policy.properties["Topics"]}
    assert refusing == {f"<{name}>" for name in names}


def test_the_outputs_say_how_runs_are_told_and_limited(templates: Templates) -> None:
    stage = CONTEXT["stages"][templates.stage]
    assert templates.output("training", "RunsPerTenant") == str(stage.get("runs_per_tenant", 2))
    assert templates.output("training", "EventBus") == "default"
