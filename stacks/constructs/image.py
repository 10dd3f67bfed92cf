"""The training image as a container: what it is told, and what pulls it."""

from __future__ import annotations

from aws_cdk import Aws, aws_iam

from millrace.settings import JobSettings
from stacks.constructs.bucket import PrivateBucket
from stacks.constructs.grant import Grant, allow, every
from stacks.stage import StageConfig


def variables(stage: StageConfig, landing: PrivateBucket, artifacts: PrivateBucket) -> dict[str, str]:
    """The container's environment; neither service names the region in a way that boto3 reads."""
    settings = JobSettings(stage=stage.name, landing_bucket=landing.bucket_name, artifact_bucket=artifacts.bucket_name)
    return settings.to_env() | {"AWS_DEFAULT_REGION": Aws.REGION}


def allow_pulling(stage: StageConfig) -> Grant:
    """A grant to pull from the image's repository."""
    registry = stage.job_image.split(".")
    account, region = registry[0], registry[3]
    return every(
        allow(["ecr:GetAuthorizationToken"], on=["*"]),  # a token is for every registry, and no resource names it
        allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
            on=[f"arn:{Aws.PARTITION}:ecr:{region}:{account}:repository/{stage.image_repository}"],
        ),
    )


def service(name: str) -> aws_iam.IPrincipal:
    """A service that starts containers, on behalf of this account only."""
    return aws_iam.ServicePrincipal(name, conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}})
