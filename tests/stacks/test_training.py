"""Uploads reach ingest, jobs reach a queue, and what can't be handled is kept."""

from __future__ import annotations

from tests.stacks.conftest import CONTEXT
from tests.stacks.templates import Resource, Templates


def queues(templates: Templates) -> dict[str, Resource]:
    return {templates.name(each.part, each.id): each for each in templates.of("SQS::Queue")}


def test_uploads_reach_ingest(templates: Templates) -> None:
    rule = templates.one("Events::Rule").properties
    assert rule["State"] == "ENABLED"
    assert rule["EventPattern"]["source"] == ["aws.s3"]
    assert rule["EventPattern"]["detail-type"] == ["Object Created"]
    (bucket,) = rule["EventPattern"]["detail"]["bucket"]["name"]
    assert templates.text("training", bucket) == "<LandingBucket>"
    (target,) = rule["Targets"]
    assert templates.text("training", target["Arn"]) == "<ingest:live>"


def test_events_that_ingest_never_saw_are_tried_again_and_kept(templates: Templates) -> None:
    (target,) = templates.one("Events::Rule").properties["Targets"]
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 21_600, "MaximumRetryAttempts": 8}
    assert templates.text("training", target["DeadLetterConfig"]["Arn"]) == "<SQS::Queue.Arn>"


def test_events_that_ingest_could_not_handle_are_tried_again_and_kept(templates: Templates) -> None:
    config = templates.one("Lambda::EventInvokeConfig").properties
    assert templates.text("training", config["FunctionName"]) == "<ingest>"
    assert config["MaximumRetryAttempts"] == 2
    destination = config["DestinationConfig"]["OnFailure"]["Destination"]
    assert templates.text("training", destination) == "<SQS::Queue.Arn>"


def test_queues_are_encrypted_and_keep_for_two_weeks(templates: Templates) -> None:
    found = queues(templates)
    assert set(found) == {"JobQueueUrl", "JobDeadLetterQueueUrl", "SQS::Queue"}  # the last one is ingest's
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
    (taken,) = [each for each in statements if each.allow]
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
