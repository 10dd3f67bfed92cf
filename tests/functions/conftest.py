"""The embedded cloud as the functions of the control plane find it."""

from __future__ import annotations

import io
import json
import logging
import os
import uuid
from collections.abc import Iterator

import boto3
import pytest

from millrace.adapters.session import Clients
from millrace.local.emulator import REGION, ROOT_KEY, Cloud
from tests.functions.place import Handler, Place, built, load_handler


@pytest.fixture(scope="session")
def idle_role(cloud: Cloud) -> str:
    """The ARN of a role that a state machine can take and that may do nothing."""
    session = boto3.Session(ROOT_KEY, ROOT_KEY, region_name=REGION)
    iam = session.client("iam", endpoint_url=cloud.endpoint, verify=str(cloud.ca_bundle))
    allow = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [allow]}
    role = iam.create_role(RoleName=f"idle-{uuid.uuid4().hex[:8]}", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.close()
    return role["Arn"]


@pytest.fixture
def place(clients: Clients, idle_role: str) -> Iterator[Place]:
    """A registry, buckets, a state machine and a bus that no other test has."""
    with built(clients, idle_role) as made:
        yield made


@pytest.fixture
def handler(
    request: pytest.FixtureRequest, place: Place, cloud_env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Handler:
    """The handler of the function that the test's module is named after: test_ingest.py tests `ingest`."""
    function = request.module.__name__.rpartition("test_")[2]
    return load_handler(function, place, monkeypatch)


@pytest.fixture
def log(handler: Handler) -> Iterator[io.StringIO]:
    """What the handler writes to its log, whatever pytest does with the standard output meanwhile."""
    written = io.StringIO()
    (stream,) = logging.getLogger(os.environ["POWERTOOLS_SERVICE_NAME"]).handlers
    assert isinstance(stream, logging.StreamHandler)
    before = stream.setStream(written)
    yield written
    stream.setStream(before)
