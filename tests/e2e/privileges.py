"""What tells how calls end under a role: tried, not read off a policy.

A function's role is only given to Lambda, so a probe function made here with that role makes the calls and tells how
each ended.
"""

from __future__ import annotations

import io
import json
import time
import uuid
import zipfile
from typing import Any

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
LANDING, ARTIFACTS, CAPTURES = "LandingBucket", "ArtifactBucket", "CaptureBucket"
UPLOAD, BLOB, JOB = f"{TENANT}/probe/data.csv", f"{TENANT}/blobs/{OTHER}", f"{TENANT}/runs/{'f' * 32}/1"


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
