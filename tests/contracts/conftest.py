"""What the contract suites stand on: clients of the embedded cloud and places of their own; none needs the stacks."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import boto3
import pytest

from millrace.adapters.session import Clients
from millrace.local.emulator import REGION, ROOT_KEY, Cloud


@pytest.fixture(scope="module")
def table(clients: Clients) -> Iterator[str]:
    """A table with the registry's keys, for one suite."""
    name = unique("registry")
    clients.dynamodb().create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    yield name
    clients.dynamodb().delete_table(TableName=name)


@pytest.fixture(scope="module")
def bucket(clients: Clients) -> str:
    """A versioned bucket, for one suite."""
    name = unique("bucket")
    clients.s3().create_bucket(Bucket=name)
    clients.s3().put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@pytest.fixture
def tenant() -> str:
    """A tenant that no other test has."""
    return unique("tenant")


def unique(kind: str) -> str:
    """A name that was never used."""
    return f"{kind}-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def queue(clients: Clients) -> str:
    """The URL of a queue, for one suite."""
    return clients.sqs().create_queue(QueueName=unique("queue"))["QueueUrl"]


@pytest.fixture(scope="session")
def machine_role(cloud: Cloud, clients: Clients) -> str:
    """The ARN of a role that state machines and the event bus take, with every right on queues."""
    session = boto3.Session(ROOT_KEY, ROOT_KEY, region_name=REGION)
    iam = session.client("iam", endpoint_url=cloud.endpoint, verify=str(cloud.ca_bundle))
    principals = {"Service": ["states.amazonaws.com", "events.amazonaws.com"]}
    trust = {"Statement": [{"Effect": "Allow", "Principal": principals, "Action": "sts:AssumeRole"}]}
    grants = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
    name = unique("machine")
    created = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=name, PolicyName="queues", PolicyDocument=json.dumps(grants))
    iam.close()
    return created["Role"]["Arn"]
