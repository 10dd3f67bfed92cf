"""Who may put alarms, read metrics and begin runs because of them: tried, as in test_least_privilege.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.test_least_privilege import (
    ARTIFACTS,
    BLOB,
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


@pytest.fixture(scope="module")
def calls(stage: Stage) -> Calls:
    """The calls, once what they read is there."""
    stage.client("s3").put_object(Bucket=stage.outputs[ARTIFACTS], Key=BLOB, Body=b"{}")
    return Calls(stage)


@pytest.fixture(scope="module")
def roles(stage: Stage) -> Iterator[Roles]:
    made = Roles(stage)
    yield made
    made.close()


def test_register_puts_alarms_of_models_and_no_others(roles: Roles) -> None:
    allowed = [alarm(ALARM), alarm("millrace-local-drift-any/model")]
    denied = [alarm("millrace-local-failed-runs"), alarm("millrace-prod-drift-acme/probe"), alarm("somebody-elses")]
    denied += [unalarm(ALARM), measure()]
    check(roles.tell("register", *allowed, *denied), allowed, denied)


def test_retrain_begins_runs_and_changes_no_model_and_no_alarm(roles: Roles, calls: Calls) -> None:
    kinds = (f"MODEL#{TENANT}#m", f"RUNS#{TENANT}", f"DATASETS#{TENANT}")
    captures, part = "CaptureBucket", f"{TENANT}/probe/labelled/2026-11-24T20/part-1.jsonl.gz"
    allowed = [calls.get(kind) for kind in kinds]
    allowed += [calls.query(f"RETRAININGS#{TENANT}"), calls.query("OPEN"), calls.delete("OPEN"), measure()]
    allowed += [calls.read(ARTIFACTS, BLOB), calls.write(captures, part), calls.read(captures, part)]
    allowed += [calls.publish("millrace"), calls.tell(), calls.start()]
    denied = [
        *(calls.put(f"MODEL#{TENANT}#m"), calls.delete(f"RETRAININGS#{TENANT}"), calls.get(f"KEYS#{TENANT}")),
        *(alarm(ALARM), unalarm(ALARM), calls.publish("somebody.else"), calls.answer()),
        *(calls.read(ARTIFACTS, f"{JOB}/job.json"), calls.read(LANDING, UPLOAD)),
        calls.write(captures, f"{TENANT}/probe/truth/2026-11-24T20/truth.jsonl.gz"),
        calls.write(captures, f"{TENANT}/probe/captures/2026-11-24T20/captures.jsonl.gz"),
        *everywhere(calls),
    ]
    check(roles.tell("retrain", *allowed, *denied), allowed, denied)
