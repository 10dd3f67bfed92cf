"""Lambda layers: third-party ones that `layers/build.py` made, and our own library without what functions never use."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import RemovalPolicy, aws_lambda
from constructs import Construct

from stacks.constructs.function import ARCHITECTURES, code, runtime
from stacks.stage import StageConfig

# What runs on laptops and in jobs: functions look at keys, sizes, headers and specs, and never read rows.
NOT_FOR_FUNCTIONS = ("cli", "local", "learning", "data", "evaluation")


class Layer(aws_lambda.LayerVersion):
    """A folder that Lambda mounts at /opt, less the paths `left_out`.

    Each stack makes its own: a new version shared between stacks would change an export that another stack uses,
    which CloudFormation refuses.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: StageConfig, folder: Path, left_out: tuple[str, ...] = ()
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            code=code(folder, *left_out),
            compatible_runtimes=[runtime(stage)],
            compatible_architectures=[ARCHITECTURES[stage.architecture]],
            removal_policy=RemovalPolicy.DESTROY,
        )


def library(scope: Construct, *, stage: StageConfig, folder: Path) -> Layer:
    """Our library as a layer."""
    left_out = tuple(f"/python/millrace/{package}/" for package in NOT_FOR_FUNCTIONS)
    return Layer(scope, "Library", stage=stage, folder=folder, left_out=left_out)
