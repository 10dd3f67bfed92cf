"""Each role can do what it is for, and calls outside its grants are denied."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.e2e.privileges import (
    ARTIFACTS,
    BLOB,
    DENIED,
    JOB,
    LANDING,
    TENANT,
    UPLOAD,
    Calls,
    Roles,
    check,
    everywhere,
)
from tests.stage import Stage


@pytest.fixture(scope="module")
def calls(stage: Stage) -> Calls:
    """The calls, once what they read is there: an absent object would be refused to anybody who may not list."""
    s3 = stage.client("s3")
    for bucket, key in (
        (LANDING, UPLOAD),
        (ARTIFACTS, BLOB),
        *((ARTIFACTS, f"{JOB}/{name}.json") for name in ("job", "result", "verdict")),
    ):
        s3.put_object(Bucket=stage.outputs[bucket], Key=key, Body=b"{}")
    return Calls(stage)


def test_ingest(roles: Roles, calls: Calls) -> None:
    allowed = [calls.get(kind) for kind in ("TENANTS", f"RUNS#{TENANT}", f"TIMELINE#{TENANT}")]
    allowed += [calls.query("OPEN"), calls.delete("OPEN"), calls.read(LANDING, UPLOAD)]
    allowed += [calls.query(f"DATASETS#{TENANT}"), calls.publish("millrace"), calls.tell()]
    denied = [
        calls.query("UNCLAIMED"),
        calls.query(f"RUNS#{TENANT}"),
        calls.publish("somebody.else"),
        calls.write(ARTIFACTS, f"{JOB}/job.json"),
        calls.get(f"KEYS#{TENANT}"),
        calls.put(f"MODEL#{TENANT}#m"),
        calls.write(LANDING, UPLOAD),
        calls.read(ARTIFACTS, BLOB),
        calls.receive(),
        calls.answer(),
        *everywhere(calls),
    ]
    check(roles.tell("ingest", *allowed, *denied), allowed, denied)


def test_admit(roles: Roles, calls: Calls) -> None:
    allowed = [calls.get(f"RUNS#{TENANT}"), calls.get(f"MODEL#{TENANT}#m"), calls.write(ARTIFACTS, f"{JOB}/job.json")]
    allowed += [calls.write(ARTIFACTS, f"{JOB}/parts/1/job.json")]
    denied = [
        calls.put(f"RUNS#{TENANT}"),
        calls.write(ARTIFACTS, f"{JOB}/parts/1/result.json"),
        calls.get(f"KEYS#{TENANT}"),
        calls.write(ARTIFACTS, f"{JOB}/verdict.json"),
        calls.write(ARTIFACTS, BLOB),
        calls.read(ARTIFACTS, BLOB),
        calls.start(),
        *everywhere(calls),
    ]
    check(roles.tell("admit", *allowed, *denied), allowed, denied)


def test_gate(roles: Roles, calls: Calls) -> None:
    allowed = [
        calls.read(ARTIFACTS, BLOB),
        calls.read(ARTIFACTS, f"{JOB}/result.json"),
        calls.write(ARTIFACTS, f"{JOB}/verdict.json"),
        calls.write(ARTIFACTS, f"{JOB}/report.html"),
    ]
    denied = [
        calls.get(f"RUNS#{TENANT}"),
        calls.get(f"MODEL#{TENANT}#m"),
        calls.write(ARTIFACTS, f"{JOB}/result.json"),
        calls.write(ARTIFACTS, BLOB),
        calls.read(LANDING, UPLOAD),
        *everywhere(calls),
    ]
    check(roles.tell("gate", *allowed, *denied), allowed, denied)


def test_register(roles: Roles, calls: Calls) -> None:
    allowed = [
        calls.read(ARTIFACTS, BLOB),
        calls.get(f"MODEL#{TENANT}#m"),
        calls.get(f"MODELS#{TENANT}"),
        calls.get(f"DATASETS#{TENANT}"),
    ]
    denied = [
        calls.get(f"RUNS#{TENANT}"),
        calls.put(f"KEYS#{TENANT}"),
        calls.write(ARTIFACTS, BLOB),
        calls.write(ARTIFACTS, f"{JOB}/verdict.json"),
        calls.read(LANDING, UPLOAD),
        calls.publish("millrace"),
        *everywhere(calls),
    ]
    check(roles.tell("register", *allowed, *denied), allowed, denied)


def test_deploy(roles: Roles, calls: Calls) -> None:
    allowed = [calls.get(f"MODEL#{TENANT}#m"), calls.read(ARTIFACTS, f"{JOB}/verdict.json")]
    denied = [
        calls.read(ARTIFACTS, BLOB),
        calls.write(ARTIFACTS, f"{JOB}/verdict.json"),
        calls.put(f"RUNS#{TENANT}"),
        calls.get(f"KEYS#{TENANT}"),
        calls.read(LANDING, UPLOAD),
        *everywhere(calls),
    ]
    check(roles.tell("deploy", *allowed, *denied), allowed, denied)


@pytest.mark.parametrize("function", ["notify", "reconcile"])
def test_who_ends_runs(roles: Roles, calls: Calls, function: str) -> None:
    looks = function == "reconcile"
    allowed = [calls.get(f"RUNS#{TENANT}"), calls.query("OPEN"), calls.delete("OPEN")]
    allowed += [calls.publish("millrace"), calls.tell(), calls.start(), *([calls.look()] if looks else [])]
    denied = [
        calls.publish("somebody.else"),
        calls.put(f"MODEL#{TENANT}#m"),
        calls.get(f"KEYS#{TENANT}"),
        calls.read(ARTIFACTS, f"{JOB}/verdict.json"),
        calls.answer(),
        *([] if looks else [calls.look()]),
        *everywhere(calls),
    ]
    check(roles.tell(function, *allowed, *denied), allowed, denied)


def test_authorize(roles: Roles, calls: Calls) -> None:
    allowed = [calls.get(f"KEYS#{TENANT}")]
    denied = [
        calls.put(f"KEYS#{TENANT}"),
        calls.query(f"KEYS#{TENANT}"),
        calls.get("TENANTS"),
        calls.get(f"MODEL#{TENANT}#m"),
        calls.read(ARTIFACTS, BLOB),
        *everywhere(calls),
    ]
    check(roles.tell("authorize", *allowed, *denied), allowed, denied)


def test_predict(roles: Roles, calls: Calls) -> None:
    allowed = [calls.get(f"MODEL#{TENANT}#m"), calls.read(ARTIFACTS, BLOB)]
    denied = [
        calls.put(f"MODEL#{TENANT}#m"),
        calls.query(f"MODEL#{TENANT}#m"),
        calls.get(f"KEYS#{TENANT}"),
        calls.get(f"RUNS#{TENANT}"),
        calls.read(ARTIFACTS, f"{JOB}/job.json"),
        calls.write(ARTIFACTS, BLOB),
        calls.read(LANDING, UPLOAD),
        *everywhere(calls),
    ]
    check(roles.tell("predict", *allowed, *denied), allowed, denied)


def test_control(roles: Roles, calls: Calls) -> None:
    allowed = [
        calls.query(f"RUNS#{TENANT}"),
        calls.query(f"TIMELINE#{TENANT}"),
        calls.query("OPEN"),
        calls.query(f"KEYS#{TENANT}"),
        calls.query(f"MODELS#{TENANT}"),
        calls.write(LANDING, f"{TENANT}/probe/spec.yaml"),
    ]
    denied = [
        calls.query(f"MODEL#{TENANT}#m"),
        calls.query(f"DATASETS#{TENANT}"),
        calls.put(f"RUNS#{TENANT}"),
        calls.put(f"MODEL#{TENANT}#m"),
        calls.get("TENANTS"),
        calls.read(LANDING, UPLOAD),
        calls.read(ARTIFACTS, BLOB),
        calls.write(ARTIFACTS, BLOB),
        calls.start(),
        calls.delete("OPEN"),
        *everywhere(calls),
    ]
    check(roles.tell("control", *allowed, *denied), allowed, denied)


def test_worker(stage: Stage, calls: Calls) -> None:
    allowed = [
        calls.receive(),
        calls.answer(),
        calls.read(LANDING, UPLOAD),
        calls.read(ARTIFACTS, f"{JOB}/job.json"),
        *(calls.write(ARTIFACTS, f"{JOB}/{part}checkpoints/index.json") for part in ("", "parts/1/")),
        calls.write(ARTIFACTS, f"{JOB}/parts/1/result.json"),
    ]
    denied = [
        calls.get(f"MODEL#{TENANT}#m"),
        calls.get(f"KEYS#{TENANT}"),
        calls.write(ARTIFACTS, f"{JOB}/verdict.json"),
        *(calls.write(ARTIFACTS, f"{JOB}/{part}job.json") for part in ("", "parts/1/")),
        calls.write(LANDING, UPLOAD),
        calls.start(),
        calls.publish("millrace"),
        *everywhere(calls),
    ]
    role = stage.outputs["WorkerRoleArn"]
    told = []
    for service, verb, arguments in [*allowed, *denied]:
        try:
            getattr(stage.client(service, role), verb)(**arguments)
        except ClientError as error:
            told.append(error.response["Error"]["Code"])
        else:
            told.append("done")
    check(told, allowed, denied)


def test_a_function_s_role_is_for_lambda_only(stage: Stage, roles: Roles) -> None:
    """The worker's role, which anybody allowed may take, does not lead to another."""
    sts = stage.client("sts", stage.outputs["WorkerRoleArn"])
    with pytest.raises(ClientError) as refused:
        sts.assume_role(RoleArn=roles.arn("predict"), RoleSessionName="probe")
    assert refused.value.response["Error"]["Code"] in DENIED
