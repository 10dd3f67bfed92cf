"""The registry's table, and grants on it by kind of record."""

from __future__ import annotations

from aws_cdk import RemovalPolicy, aws_dynamodb
from constructs import Construct

from stacks.constructs.grant import Grant, allow, every
from stacks.constructs.key import EncryptionKey


class Registry(aws_dynamodb.Table):
    """One table: partition key `pk`, which begins with the kind of record, and sort key `sk`.

    Every grant names kinds (`RUNS#*`): AWS compares them with the partition keys of a call. Only verbs that always
    carry a partition key are granted, since a call without one, such as a scan, would pass the condition.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: EncryptionKey,
        removal: RemovalPolicy,
        deletion_protection: bool,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            partition_key=aws_dynamodb.Attribute(name="pk", type=aws_dynamodb.AttributeType.STRING),
            sort_key=aws_dynamodb.Attribute(name="sk", type=aws_dynamodb.AttributeType.STRING),
            billing_mode=aws_dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=aws_dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            point_in_time_recovery_specification=aws_dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute="ttl",  # on the few records that are kept for a while only
            deletion_protection=deletion_protection,
            removal_policy=removal,
        )
        self._key = key

    def allow_getting(self, *kinds: str) -> Grant:
        """A grant to get single records of these kinds."""
        return self._allow(["GetItem"], kinds, "Decrypt", "DescribeKey")

    def allow_listing(self, *kinds: str) -> Grant:
        """A grant to get and query records of these kinds."""
        return self._allow(["GetItem", "Query"], kinds, "Decrypt", "DescribeKey")

    def allow_changing(self, *kinds: str) -> Grant:
        """A grant to get, put and update records of these kinds, also in transactions."""
        return self._allow(
            ["GetItem", "PutItem", "UpdateItem", "ConditionCheckItem"],
            kinds,
            *("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"),
        )

    def allow_deleting(self, *kinds: str) -> Grant:
        """A grant to delete records of these kinds, also in transactions: for what only says how things stand now."""
        return self._allow(["DeleteItem"], kinds, *("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey"))

    def _allow(self, verbs: list[str], kinds: tuple[str, ...], *key_verbs: str) -> Grant:
        return every(
            allow(
                [f"dynamodb:{verb}" for verb in verbs],
                on=[self.table_arn],
                when={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(kinds)}},
            ),
            self._key.allow(*key_verbs, through="dynamodb"),
        )
