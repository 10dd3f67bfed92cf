"""Log groups: always named by stage, with a retention and the key."""

from __future__ import annotations

from typing import cast

from aws_cdk import aws_logs
from constructs import Construct

from stacks.constructs.grant import Grant, allow
from stacks.constructs.key import EncryptionKey
from stacks.constructs.stack import REMOVALS
from stacks.stage import StageConfig


class LogGroup(aws_logs.LogGroup):
    """The log group `/millrace/<stage>/<name>`."""

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, stage: StageConfig, key: EncryptionKey
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            log_group_name=f"/millrace/{stage.name}/{name}",
            encryption_key=key,
            removal_policy=REMOVALS[stage.removal],
        )
        # The L2 wants a member of an enumeration for each number.
        cast(aws_logs.CfnLogGroup, self.node.default_child).retention_in_days = stage.log_retention_days

    def allow_writing(self) -> Grant:
        """A grant to open streams in this group and to write them."""
        return allow(
            ["logs:CreateLogStream", "logs:PutLogEvents"], on=[self.log_group_arn]
        )  # it ends with :*, its streams
