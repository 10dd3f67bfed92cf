"""A function: a role with nothing but its grants, an encrypted log group, tracing, and the environment contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Duration, IgnoreMode, aws_iam, aws_lambda, aws_lambda_destinations
from constructs import Construct

from millrace.settings import Settings
from stacks.constructs.grant import Grant, allow
from stacks.constructs.key import EncryptionKey
from stacks.constructs.logs import LogGroup
from stacks.constructs.queue import Queue
from stacks.stage import StageConfig

ARCHITECTURES = {"x86_64": aws_lambda.Architecture.X86_64, "arm64": aws_lambda.Architecture.ARM_64}
NOT_SHIPPED = ["__pycache__/", "*.pyc", "*.egg-info/"]
LIVE = "live"
TRACING = allow(
    ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    on=["*"],  # X-Ray has no resources that these two calls could name
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every function of a stack shares."""

    stage: StageConfig
    key: EncryptionKey
    functions: Path
    layers: Sequence[aws_lambda.ILayerVersion]


class Function(Construct):
    """`functions/<name>` as a Lambda function, called through its alias `live`.

    Beside `grants` its role may write its own log group and send traces. What an asynchronous call could not make
    succeed, after retries, goes to `failures`.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        around: Surroundings,
        settings: Settings,
        grants: Sequence[Grant],
        layers: Sequence[aws_lambda.ILayerVersion] = (),
        memory_mb: int = 512,
        timeout_seconds: int = 30,
        failures: Queue | None = None,
    ) -> None:
        super().__init__(scope, name.capitalize())
        group = LogGroup(self, "Logs", name=name, stage=around.stage, key=around.key)
        role = aws_iam.Role(
            self,
            "Role",
            assumed_by=aws_iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"Millrace {around.stage.name}: function {name}",
        )
        for grant in [group.allow_writing(), TRACING, *grants, *([failures.allow_sending()] if failures else [])]:
            grant(role)
        function = aws_lambda.Function(
            self,
            "Function",
            description=f"Millrace {around.stage.name}: {name}",
            runtime=runtime(around.stage),
            architecture=ARCHITECTURES[around.stage.architecture],
            handler="handler.handler",
            code=code(around.functions / name),
            role=role.without_policy_updates(),  # the CDK adds to a role unasked, and more than is needed
            layers=[*around.layers, *layers],
            memory_size=memory_mb,
            timeout=Duration.seconds(timeout_seconds),
            tracing=aws_lambda.Tracing.ACTIVE,
            log_group=group,
            environment={**settings.to_env(), "POWERTOOLS_SERVICE_NAME": name, "POWERTOOLS_LOG_LEVEL": "INFO"},
        )
        function.node.add_dependency(role)  # with its policy, so that no first call comes before its grants
        # A version is made of each change, so that a caller of the alias never meets a half-updated function.
        self.alias = aws_lambda.Alias(self, "Live", alias_name=LIVE, version=function.current_version)
        if failures:
            self.alias.configure_async_invoke(
                on_failure=aws_lambda_destinations.SqsDestination(failures),
                retry_attempts=2,
                max_event_age=Duration.hours(6),
            )


def code(folder: Path, *left_out: str) -> aws_lambda.AssetCode:
    """A folder as an asset, without what differs from machine to machine and without `left_out`."""
    return aws_lambda.Code.from_asset(str(folder), exclude=[*NOT_SHIPPED, *left_out], ignore_mode=IgnoreMode.GIT)


def runtime(stage: StageConfig) -> aws_lambda.Runtime:
    """The Lambda runtime of the stage's Python."""
    return aws_lambda.Runtime(f"python{stage.python}", aws_lambda.RuntimeFamily.PYTHON)
