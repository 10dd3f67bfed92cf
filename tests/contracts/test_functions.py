"""A call of a function of the embedded cloud by somebody who waits for its answer."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

import boto3
import pytest

from millrace.adapters.functions import LambdaFunction
from millrace.adapters.session import Clients
from millrace.domain.errors import NotFound, Unavailable
from millrace.local.emulator import REGION, ROOT_KEY, Cloud
from tests.contracts.conftest import unique

HANDLER = """
def handler(event, context):
    if "secret" in event:
        raise ValueError(event["secret"])
    return {"heard": event, "city": "Köln"}
"""


@pytest.fixture(scope="module")
def arn(cloud: Cloud, clients: Clients) -> Iterator[str]:
    """A function that says what it heard, or breaks on a secret."""
    name, code = unique("function"), io.BytesIO()
    with zipfile.ZipFile(code, "w") as package:
        package.writestr("main.py", HANDLER)
    iam = boto3.Session(ROOT_KEY, ROOT_KEY, region_name=REGION).client(
        "iam", endpoint_url=cloud.endpoint, verify=str(cloud.ca_bundle)
    )
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]
    iam.close()
    made = clients.lambda_().create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="main.handler",
        Role=role["Arn"],
        Code={"ZipFile": code.getvalue()},
    )
    yield made["FunctionArn"]
    clients.lambda_().delete_function(FunctionName=name)


def test_what_it_answers_is_handed_back(clients: Clients, arn: str) -> None:
    event = {"tenant": "acme", "count": 3, "name": "Ōsaka"}
    assert LambdaFunction(clients.lambda_(), arn).call(event) == {"heard": event, "city": "Köln"}


def test_one_that_broke_says_so_and_not_on_what(clients: Clients, arn: str) -> None:
    with pytest.raises(Unavailable) as told:
        LambdaFunction(clients.lambda_(), arn).call({"secret": "of the data"})
    assert told.value.code == "function_failed"
    assert "of the data" not in f"{told.value} {told.value.hint}"


def test_one_that_is_not_there(clients: Clients, arn: str) -> None:
    with pytest.raises(NotFound):
        LambdaFunction(clients.lambda_(), f"{arn}-absent").call({})
