"""What every stack of a stage has in common."""

from __future__ import annotations

from collections.abc import Callable

from aws_cdk import (
    CliCredentialsStackSynthesizer,
    DefaultStackSynthesizer,
    Environment,
    IStackSynthesizer,
    RemovalPolicy,
    Stack,
    Tags,
)
from constructs import Construct

from stacks.stage import StageConfig

SYNTHESIZERS: dict[str, Callable[[], IStackSynthesizer]] = {
    "cli": CliCredentialsStackSynthesizer,
    "default": DefaultStackSynthesizer,
}
# Retained once it was in use: a first deployment that fails leaves nothing behind whose name refuses the second.
REMOVALS = {"retain": RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, "destroy": RemovalPolicy.DESTROY}


class StageStack(Stack):
    """The stack `millrace-<stage>-<part>`."""

    def __init__(self, scope: Construct, part: str, *, stage: StageConfig, description: str) -> None:
        super().__init__(
            scope,
            f"millrace-{stage.name}-{part}",
            description=description,
            env=Environment(account=stage.account or None, region=stage.region or None),
            synthesizer=SYNTHESIZERS[stage.synthesizer](),
            termination_protection=stage.termination_protection,
            analytics_reporting=False,
        )
        Tags.of(self).add("project", "millrace")
        Tags.of(self).add("stage", stage.name)
