"""What watches: captures in batches, truth by its key, and what is kept of what could not be handled."""

from __future__ import annotations

from pathlib import Path

from tests.stacks.conftest import CONTEXT, synthesized_to
from tests.stacks.templates import Templates


def test_captures_reach_collect_in_batches(templates: Templates) -> None:
    (mapping,) = [
        each.properties
        for each in templates.of("Lambda::EventSourceMapping")
        if templates.text(each.part, each.properties["FunctionName"]) == "<collect:live>"
    ]
    assert templates.text("monitoring", mapping["EventSourceArn"]) == "<CaptureQueueUrl.Arn>"
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    window = CONTEXT["stages"][templates.stage].get("capture_window_seconds", 60)
    assert mapping["MaximumBatchingWindowInSeconds"] == window > 0
    assert mapping["BatchSize"] == 10_000


def test_without_a_window_a_batch_is_as_small_as_lambda_asks(tmp_path: Path) -> None:
    folder = synthesized_to(tmp_path, "local", capture_window_seconds=0)
    template = (folder / "millrace-local-monitoring.template.json").read_text()
    assert '"BatchSize": 10,' in template


def test_a_capture_is_hidden_for_six_of_collects_timeouts_and_kept_in_the_end(templates: Templates) -> None:
    queues = {templates.name(each.part, each.id): each for each in templates.of("SQS::Queue")}
    queue = queues["CaptureQueueUrl"].properties
    assert queue["VisibilityTimeout"] == 6 * templates.functions["collect"].properties["Timeout"]
    target = templates.text("data", queue["RedrivePolicy"]["deadLetterTargetArn"])
    assert target == "<CaptureDeadLetterQueueUrl.Arn>"
    for name in ("CaptureQueueUrl", "CaptureDeadLetterQueueUrl"):
        assert queues[name].properties["MaximumMessageSize"] == 1_048_576


def test_files_of_truth_reach_label_and_what_fails_is_kept(templates: Templates) -> None:
    (config,) = [
        each.properties
        for each in templates.of("Lambda::EventInvokeConfig")
        if templates.text(each.part, each.properties["FunctionName"]) == "<label>"
    ]
    assert config["MaximumRetryAttempts"] == 2
    kept = templates.text("monitoring", config["DestinationConfig"]["OnFailure"]["Destination"])
    assert kept == "<MonitoringDeadLetterQueueUrl.Arn>"
    (rule,) = [each for each in templates.of("Events::Rule") if "truth" in each.properties["Description"]]
    detail = rule.properties["EventPattern"]["detail"]
    assert detail["object"] == {"key": [{"wildcard": "*/truth/*"}]}
    assert templates.text(rule.part, detail["bucket"]["name"][0]) == "<LandingBucket>"
    (target,) = rule.properties["Targets"]
    assert templates.text(rule.part, target["Arn"]) == "<label:live>"
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 6 * 3600, "MaximumRetryAttempts": 8}
    assert templates.text(rule.part, target["DeadLetterConfig"]["Arn"]) == "<MonitoringDeadLetterQueueUrl.Arn>"
