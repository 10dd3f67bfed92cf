"""Stages as the command line finds them, on the embedded cloud's own CloudFormation."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from millrace.adapters.session import Clients
from millrace.adapters.stage import StageOutputs
from millrace.domain.errors import NotFound
from tests.contracts.conftest import unique

TRAINING = {"StateMachineArn": "arn:machine", "JobQueueUrl": "https://queue", "JobDeadLetterQueueUrl": "https://dead"}
TRAINING |= {"WorkerRoleArn": "arn:role", "VisibilitySeconds": "120"}
DATA = {"RegistryTable": "registry", "LandingBucket": "landing", "ArtifactBucket": "artifact", "KeyArn": "arn:key"}
DATA |= {"CaptureBucket": "capture"}
INFERENCE = {"ApiId": "abc", "ApiStage": "api", "Region": "eu-west-1"}


@pytest.fixture
def stage() -> str:
    return unique("stage")


def deploy(clients: Clients, stage: str, part: str, outputs: Mapping[str, str]) -> None:
    template = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    name = f"millrace-{stage}-{part}"
    clients.cloudformation().create_stack(StackName=name, TemplateBody=json.dumps(template))
    clients.cloudformation().get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )


def test_the_outputs_of_all_stacks_are_read(clients: Clients, stage: str) -> None:
    for part, values in (("data", DATA), ("training", TRAINING), ("inference", INFERENCE)):
        deploy(clients, stage, part, values)
    outputs = StageOutputs(clients.cloudformation(), stage)
    assert (outputs.registry_table, outputs.landing_bucket, outputs.artifact_bucket) == (
        "registry",
        "landing",
        "artifact",
    )
    assert outputs.capture_bucket == "capture"
    assert (outputs.state_machine_arn, outputs.job_queue_url) == ("arn:machine", "https://queue")
    assert (outputs.job_dead_letter_queue_url, outputs.worker_role_arn) == ("https://dead", "arn:role")
    assert outputs.visibility_seconds == 120
    assert outputs.of_stack("data") == DATA


def test_the_api_answers_on_aws_or_at_the_endpoint(clients: Clients, stage: str) -> None:
    deploy(clients, stage, "inference", INFERENCE)
    client = clients.cloudformation()
    assert StageOutputs(client, stage).api_url == "https://abc.execute-api.eu-west-1.amazonaws.com/api"
    local = StageOutputs(client, stage, endpoint="https://127.0.0.1:4566/")
    assert local.api_url == "https://127.0.0.1:4566/restapis/abc/api/_user_request_"


@pytest.mark.parametrize(("endpoint", "hint"), [(None, "cdk deploy"), ("https://127.0.0.1:1", "millrace up")])
def test_a_stage_that_is_not_deployed_says_what_to_do(
    clients: Clients, stage: str, endpoint: str | None, hint: str
) -> None:
    with pytest.raises(NotFound) as caught:
        _ = StageOutputs(clients.cloudformation(), stage, endpoint=endpoint).registry_table
    assert caught.value.code == "stage_not_deployed"
    assert stage in caught.value.message
    assert hint in (caught.value.hint or "")


def test_a_stack_of_another_release_says_what_to_do(clients: Clients, stage: str) -> None:
    deploy(clients, stage, "data", {"RegistryTable": "registry"})
    outputs = StageOutputs(clients.cloudformation(), stage)
    assert outputs.registry_table == "registry"
    with pytest.raises(NotFound) as caught:
        _ = outputs.landing_bucket
    assert caught.value.code == "stage_outdated"
