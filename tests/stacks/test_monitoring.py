"""What watches: who is woken by what, and what is kept of what could not be handled."""

from __future__ import annotations

from tests.stacks.templates import Templates


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
