"""Who may measure drift, put alarms, read metrics and begin runs because of it: tried."""

from __future__ import annotations

import json

import pytest

from tests.e2e.privileges import (
    ARTIFACTS,
    BLOB,
    CAPTURES,
    JOB,
    LANDING,
    TENANT,
    UPLOAD,
    Call,
    Calls,
    Roles,
    check,
    everywhere,
)
from tests.stage import Stage

ALARM = f"millrace-local-drift-{TENANT}/probe"


def alarm(name: str) -> Call:
    rule = {"MetricName": "probe", "Namespace": "Probe", "Statistic": "Maximum", "Period": 60, "Threshold": 1.0}
    rule |= {"EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold", "AlarmName": name}
    return "cloudwatch", "put_metric_alarm", rule


def unalarm(name: str) -> Call:
    return "cloudwatch", "delete_alarms", {"AlarmNames": [name]}


def measure() -> Call:
    stat = {"Metric": {"Namespace": "Probe", "MetricName": "probe"}, "Period": 60, "Stat": "Maximum"}
    bounds = {"StartTime": 0, "EndTime": 60}
    return "cloudwatch", "get_metric_data", {"MetricDataQueries": [{"Id": "p", "MetricStat": stat}], **bounds}


def publish(namespace: str) -> Call:
    data = {"MetricName": "probe", "Value": 0.0}
    return "cloudwatch", "put_metric_data", {"Namespace": namespace, "MetricData": [data]}


def kept(kind: str) -> str:
    """A key of what is kept of a model in the capture bucket."""
    return f"{TENANT}/probe/{kind}/2026-11-24T20/probe.json"


@pytest.fixture(scope="module")
def calls(stage: Stage) -> Calls:
    """The calls, once what they read is there."""
    s3 = stage.client("s3")
    for bucket, key in ((ARTIFACTS, BLOB), (CAPTURES, kept("captures")), (CAPTURES, kept("truth"))):
        s3.put_object(Bucket=stage.outputs[bucket], Key=key, Body=b"{}")
    return Calls(stage)


def test_register_puts_alarms_of_models_and_no_others(roles: Roles) -> None:
    allowed = [alarm(ALARM), alarm("millrace-local-drift-any/model")]
    denied = [alarm("millrace-local-failed-runs"), alarm("millrace-prod-drift-acme/probe"), alarm("somebody-elses")]
    denied += [unalarm(ALARM), measure()]
    check(roles.tell("register", *allowed, *denied), allowed, denied)


def test_retrain_begins_runs_and_changes_no_model_and_no_alarm(roles: Roles, calls: Calls) -> None:
    kinds = (f"MODEL#{TENANT}#m", f"RUNS#{TENANT}", f"DATASETS#{TENANT}")
    part = f"{TENANT}/probe/labelled/2026-11-24T20/part-1.jsonl.gz"
    allowed = [calls.get(kind) for kind in kinds]
    allowed += [calls.query(f"RETRAININGS#{TENANT}"), calls.query("OPEN"), calls.delete("OPEN"), measure()]
    allowed += [calls.read(ARTIFACTS, BLOB), calls.write(CAPTURES, part), calls.read(CAPTURES, part)]
    allowed += [calls.publish("millrace"), calls.tell(), calls.start()]
    denied = [
        *(calls.put(f"MODEL#{TENANT}#m"), calls.delete(f"RETRAININGS#{TENANT}"), calls.get(f"KEYS#{TENANT}")),
        *(alarm(ALARM), unalarm(ALARM), calls.publish("somebody.else"), calls.answer()),
        *(calls.read(ARTIFACTS, f"{JOB}/job.json"), calls.read(LANDING, UPLOAD)),
        calls.write(CAPTURES, f"{TENANT}/probe/truth/2026-11-24T20/truth.jsonl.gz"),
        calls.write(CAPTURES, f"{TENANT}/probe/captures/2026-11-24T20/captures.jsonl.gz"),
        *everywhere(calls),
    ]
    check(roles.tell("retrain", *allowed, *denied), allowed, denied)


def test_detect_drift_reads_what_was_captured_and_tells_what_it_finds(stage: Stage, roles: Roles, calls: Calls) -> None:
    told = {"reminder": {"tenant": TENANT, "model": "nothing"}}
    remind = "sns", "publish", {"TopicArn": stage.outputs["DriftTopicArn"], "Message": json.dumps(told)}
    allowed = [calls.query("TENANTS"), calls.query(f"MODELS#{TENANT}"), calls.get(f"MODEL#{TENANT}#m")]
    allowed += [calls.read(ARTIFACTS, BLOB), *(calls.read(CAPTURES, kept(kind)) for kind in ("captures", "truth"))]
    allowed += [calls.write(CAPTURES, kept(kind)) for kind in ("sketches", "labelled", "drift")]
    allowed += [publish("Millrace/local"), remind]
    denied = [
        *(calls.write(CAPTURES, kept(kind)) for kind in ("captures", "truth")),
        *(calls.remove(CAPTURES, kept("captures")), calls.write(ARTIFACTS, BLOB), calls.read(LANDING, UPLOAD)),
        *(calls.put(f"MODEL#{TENANT}#m"), calls.query(f"RETRAININGS#{TENANT}"), calls.get(f"KEYS#{TENANT}")),
        *(publish("Millrace/prod"), alarm(ALARM), unalarm(ALARM), calls.start(), calls.publish("millrace")),
        *everywhere(calls),
    ]
    check(roles.tell("detect_drift", *allowed, *denied), allowed, denied)
