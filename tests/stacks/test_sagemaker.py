"""SageMaker: managed Spot within bounds, one address, outputs under our key, names that can't meet."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from millrace.domain.job import Ticket
from millrace.settings import JobSettings
from tests.stacks.conftest import IMAGE
from tests.stacks.templates import Templates

Synthesized = Callable[[str], Templates]
SPOT, ON_DEMAND = "Train on SageMaker, Spot", "Train on SageMaker"


@pytest.fixture
def templates(synthesized: Synthesized) -> Templates:
    """The stage that has SageMaker."""
    return synthesized("clouds")


def parameters(templates: Templates, title: str) -> dict[str, Any]:
    return dict(templates.states[title]["Parameters"])


def test_spot_waits_within_bounds_and_on_demand_only_runs(templates: Templates) -> None:
    spot, on_demand = parameters(templates, SPOT), parameters(templates, ON_DEMAND)
    assert (spot["EnableManagedSpotTraining"], on_demand["EnableManagedSpotTraining"]) == (True, False)
    assert spot["StoppingCondition"] == {"MaxRuntimeInSeconds": 36_000, "MaxWaitTimeInSeconds": 39_600}
    assert on_demand["StoppingCondition"] == {"MaxRuntimeInSeconds": 36_000}


@pytest.mark.parametrize("title", [SPOT, ON_DEMAND])
def test_the_state_outlasts_what_sagemaker_itself_counts(templates: Templates, title: str) -> None:
    limits = parameters(templates, title)["StoppingCondition"]
    assert templates.states[title]["TimeoutSeconds"] > max(limits.values())


def test_the_second_try_has_another_name(templates: Templates) -> None:
    names = {parameters(templates, title)["TrainingJobName.$"] for title in (SPOT, ON_DEMAND)}
    assert names == {f"States.Format('clouds-{{}}-{{}}{end}', $.run_id, $.attempt)" for end in ("", "-spot")}


@pytest.mark.parametrize("title", [SPOT, ON_DEMAND])
def test_the_image_is_told_one_address_and_where_the_buckets_are(templates: Templates, title: str) -> None:
    sent = parameters(templates, title)
    assert sent["HyperParameters"] == {"job_uri.$": "$.admitted.job_uri"}
    assert sent["AlgorithmSpecification"]["TrainingImage"] == IMAGE
    assert JobSettings.from_env(sent["Environment"]) == JobSettings(
        stage="clouds", landing_bucket="<LandingBucket>", artifact_bucket="<ArtifactBucket>"
    )
    assert sent["Environment"]["AWS_DEFAULT_REGION"] == "<AWS::Region>"
    assert sent["RetryStrategy"] == {"MaximumRetryAttempts": 3}
    assert sent["ResourceConfig"] == {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 100}


@pytest.mark.parametrize("title", [SPOT, ON_DEMAND])
def test_what_sagemaker_packs_up_lies_in_the_attempts_folder_under_our_key(templates: Templates, title: str) -> None:
    output = parameters(templates, title)["OutputDataConfig"]
    assert output["KmsKeyId"] == "<KeyArn.Arn>"
    found = re.fullmatch(r"States\.Format\('s3://<ArtifactBucket>/(.*)', (.*)\)", output["S3OutputPath.$"])
    assert found
    assert found[2] == "$.tenant, $.run_id, $.attempt"
    ticket = Ticket("acme", "credit", "f" * 32, 7)
    assert found[1].format(ticket.tenant, ticket.run_id, ticket.attempt) == f"{ticket.prefix}/sagemaker"
