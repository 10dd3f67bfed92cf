"""Encrypted topics, and grants on them."""

from __future__ import annotations

from aws_cdk import Aws, aws_iam, aws_sns
from constructs import Construct

from stacks.constructs.grant import Grant, allow, every
from stacks.constructs.key import EncryptionKey


class Topic(aws_sns.Topic):
    """A topic under our key, over TLS only."""

    def __init__(self, scope: Construct, construct_id: str, *, key: EncryptionKey, display_name: str) -> None:
        super().__init__(scope, construct_id, display_name=display_name, master_key=key, enforce_ssl=True)
        self._key = key

    def hear_alarms(self, names: str) -> None:
        """Let alarms of these names (`millrace-dev-*`) publish; our key lets CloudWatch use it."""
        alarms = f"arn:{Aws.PARTITION}:cloudwatch:{Aws.REGION}:{Aws.ACCOUNT_ID}:alarm:{names}"
        self.add_to_resource_policy(
            aws_iam.PolicyStatement(
                principals=[aws_iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic_arn],
                conditions={"ArnLike": {"aws:SourceArn": alarms}},
            )
        )

    def allow_publishing(self) -> Grant:
        """A grant to publish."""
        return every(
            allow(["sns:Publish"], on=[self.topic_arn]),
            self._key.allow("Decrypt", "GenerateDataKey", through="sns"),
        )
