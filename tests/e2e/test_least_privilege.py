"""Each role can do what it is for, and calls outside its grants are denied: tried, not read off a policy.

A function's role is only given to Lambda, so a probe function made here with that role makes the calls and tells how
each ended. The worker's role is assumed.
"""

from __future__ import annotations

import io
import json
import time
import uuid
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.stage import Stage

PROBE = """
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

QUICK = Config(retries={"total_max_attempts": 1}, inject_host_prefix=False)


def handler(event, _):
    told = []
    for service, verb, arguments in event["calls"]:
        try:
            getattr(boto3.client(service, config=QUICK), verb)(**arguments)
        except ClientError as error:
            told.append(error.response["Error"]["Code"])
        else:
            told.append("done")
    return told
"""
DENIED = {"AccessDenied", "AccessDeniedException", "403", "UnauthorizedOperation", "AuthorizationError"}
DENIED |= {"KMS.AccessDeniedException"}
Call = tuple[str, str, dict[str, Any]]
TENANT, OTHER = "acme", "0" * 64


class Calls:
    """One call of each kind that a role may or may not make, on what is really there."""

    def __init__(self, stage: Stage) -> None:
        self._outputs = stage.outputs

    def get(self, partition: str) -> Call:
        return "dynamodb", "get_item", {"TableName": self._table, "Key": _key(partition)}

    def query(self, partition: str) -> Call:
        wanted = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": partition}}}
        return "dynamodb", "query", {"TableName": self._table, **wanted}

    def put(self, partition: str) -> Call:
        return "dynamodb", "put_item", {"TableName": self._table, "Item": _key(partition)}

    def delete(self, partition: str) -> Call:
        return "dynamodb", "delete_item", {"TableName": self._table, "Key": _key(partition)}

    def scan(self) -> Call:
        return "dynamodb", "scan", {"TableName": self._table}

    def read(self, bucket: str, key: str) -> Call:
        return "s3", "get_object", {"Bucket": self._outputs[bucket], "Key": key}

    def write(self, bucket: str, key: str) -> Call:
        return "s3", "put_object", {"Bucket": self._outputs[bucket], "Key": key, "Body": ""}

    def remove(self, bucket: str, key: str) -> Call:
        return "s3", "delete_object", {"Bucket": self._outputs[bucket], "Key": key}

    def tell(self) -> Call:
        return "sns", "publish", {"TopicArn": self._outputs["RunTopicArn"], "Message": "{}"}

    def look(self) -> Call:
        arn = self._outputs["StateMachineArn"].replace(":stateMachine:", ":execution:")
        return "stepfunctions", "describe_execution", {"executionArn": f"{arn}:none"}

    def start(self) -> Call:
        arguments = {"stateMachineArn": self._outputs["StateMachineArn"], "name": uuid.uuid4().hex, "input": "{}"}
        return "stepfunctions", "start_execution", arguments

    def answer(self) -> Call:
        return "stepfunctions", "send_task_success", {"taskToken": "none", "output": "{}"}

    def receive(self) -> Call:
        return "sqs", "receive_message", {"QueueUrl": self._outputs["JobQueueUrl"], "VisibilityTimeout": 0}

    def send(self) -> Call:
        return "sqs", "send_message", {"QueueUrl": self._outputs["JobQueueUrl"], "MessageBody": "{}"}

    def publish(self, source: str) -> Call:
        return "events", "put_events", {"Entries": [{"Source": source, "DetailType": "Probe", "Detail": "{}"}]}

    @property
    def _table(self) -> str:
        return self._outputs["RegistryTable"]


def _key(partition: str) -> dict[str, Any]:
    return {"pk": {"S": partition}, "sk": {"S": "probe"}}


LANDING, ARTIFACTS = "LandingBucket", "ArtifactBucket"
UPLOAD, BLOB, JOB = f"{TENANT}/probe/data.csv", f"{TENANT}/blobs/{OTHER}", f"{TENANT}/runs/{'f' * 32}/1"


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


class Roles:
    """The functions' roles, each behind a probe."""

    def __init__(self, stage: Stage) -> None:
        self._lambda = stage.client("lambda")
        self._made: list[str] = []
        configured = [
            each for page in self._lambda.get_paginator("list_functions").paginate() for each in page["Functions"]
        ]
        self._roles = {
            each["Description"].rpartition(": ")[2]: each["Role"] for each in configured if each.get("Description")
        }

    def arn(self, function: str) -> str:
        return str(self._roles[function])

    def tell(self, function: str, *calls: Call) -> list[str]:
        """How each call ended under the function's role: done, or AWS's code."""
        name = f"probe-{function}-{uuid.uuid4().hex[:8]}"
        self._lambda.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="probe.handler",
            Role=self.arn(function),
            Code={"ZipFile": _zipped(PROBE)},
            Timeout=60,
        )
        self._made.append(name)
        _wait_active(self._lambda, name)
        answer = self._lambda.invoke(FunctionName=name, Payload=json.dumps({"calls": calls}).encode())
        told = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, told
        return list(told)

    def close(self) -> None:
        for name in self._made:
            self._lambda.delete_function(FunctionName=name)


def _zipped(source: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("probe.py", source)
    return content.getvalue()


def _wait_active(client: Any, name: str) -> None:
    deadline = time.monotonic() + 30
    while client.get_function_configuration(FunctionName=name).get("State", "Active") != "Active":
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def roles(stage: Stage) -> Iterator[Roles]:
    made = Roles(stage)
    yield made
    made.close()


def check(told: list[str], allowed: list[Call], denied: list[Call]) -> None:
    """Every allowed call got through, whatever it then found; every other one was denied."""
    ends = list(zip([*allowed, *denied], told, strict=True))
    assert [(call[:2], end) for call, end in ends[: len(allowed)] if end in DENIED] == []
    assert [(call, end) for call, end in ends[len(allowed) :] if end not in DENIED] == []


def everywhere(calls: Calls) -> list[Call]:
    """What no role of ours may do."""
    return [
        calls.scan(),
        calls.delete(f"RUNS#{TENANT}"),
        calls.put("TENANTS"),
        calls.remove(LANDING, UPLOAD),
        calls.remove(ARTIFACTS, BLOB),
        calls.send(),
    ]


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
    denied = [
        calls.put(f"RUNS#{TENANT}"),
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
        calls.write(ARTIFACTS, f"{JOB}/checkpoints/index.json"),
    ]
    denied = [
        calls.get(f"MODEL#{TENANT}#m"),
        calls.get(f"KEYS#{TENANT}"),
        calls.write(ARTIFACTS, f"{JOB}/verdict.json"),
        calls.write(ARTIFACTS, f"{JOB}/job.json"),
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
