"""The key that everything at rest is encrypted with."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Aws, RemovalPolicy, aws_iam, aws_kms
from constructs import Construct

from stacks.constructs.grant import Grant, allow


class EncryptionKey(aws_kms.Key):
    """One customer-managed key per stage, rotated each year."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: str, removal: RemovalPolicy) -> None:
        super().__init__(
            scope,
            construct_id,
            alias=f"alias/millrace-{stage}",
            enable_key_rotation=True,
            removal_policy=removal,
            description=f"Millrace {stage}: data, artifacts, registry, queues and logs",
        )
        groups = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:/millrace/{stage}/*"
        self._let(
            f"logs.{Aws.REGION}.amazonaws.com",
            # CloudWatch Logs documents these five, stars included, as what it needs of a key.
            actions=["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            when={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},  # this stage's log groups only
        )
        # EventBridge puts events that it can't deliver into encrypted dead-letter queues; alarms tell encrypted topics.
        for service in ("events.amazonaws.com", "cloudwatch.amazonaws.com"):
            self._let(
                service,
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                when={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )

    def allow(self, *verbs: str, through: str) -> Grant:
        """A grant to use the key in the ways of `verbs`, by way of the service `through` only."""
        return allow(
            [f"kms:{verb}" for verb in verbs],
            on=[self.key_arn],
            when={"StringEquals": {"kms:ViaService": f"{through}.{Aws.REGION}.amazonaws.com"}},
        )

    def _let(self, service: str, *, actions: list[str], when: Mapping[str, Mapping[str, str]]) -> None:
        """Let an AWS service use the key."""
        self.add_to_resource_policy(
            aws_iam.PolicyStatement(
                principals=[aws_iam.ServicePrincipal(service)],
                actions=actions,
                resources=["*"],  # in a key's own policy, * is the key
                conditions=dict(when),
            )
        )
