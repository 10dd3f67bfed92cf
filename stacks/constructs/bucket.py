"""Buckets: private, versioned, encrypted with our key, reachable over TLS 1.2 or newer only."""

from __future__ import annotations

from typing import cast

from aws_cdk import Duration, RemovalPolicy, aws_s3
from constructs import Construct

from stacks.constructs.grant import Grant, allow, every
from stacks.constructs.key import EncryptionKey


class PrivateBucket(aws_s3.Bucket):
    """`expire_days` removes current objects, None keeps them; `announce` sends every change to EventBridge."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: EncryptionKey,
        removal: RemovalPolicy,
        noncurrent_days: int,
        expire_days: int | None = None,
        announce: bool = False,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption=aws_s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            block_public_access=aws_s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=aws_s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            removal_policy=removal,
            lifecycle_rules=[
                aws_s3.LifecycleRule(
                    id="tidy",
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                    noncurrent_version_expiration=Duration.days(noncurrent_days),
                    expiration=Duration.days(expire_days) if expire_days else None,
                )
            ],
        )
        if self.policy:
            self.policy.apply_removal_policy(removal)  # a bucket that is kept stays one that refuses plain HTTP
        self._key = key
        if announce:
            # The L2 switch adds a custom-resource function for what CloudFormation does by itself.
            cast(
                aws_s3.CfnBucket, self.node.default_child
            ).notification_configuration = aws_s3.CfnBucket.NotificationConfigurationProperty(
                event_bridge_configuration=aws_s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
            )

    def allow_reading(self, *patterns: str) -> Grant:
        """A grant to read the newest version of keys of these patterns (`*/blobs/*`)."""
        return self._allow(["s3:GetObject"], patterns, "Decrypt")

    def allow_reading_versions(self, *patterns: str) -> Grant:
        """A grant to read any version of keys of these patterns."""
        return self._allow(["s3:GetObject", "s3:GetObjectVersion"], patterns, "Decrypt")

    def allow_writing(self, *patterns: str) -> Grant:
        """A grant to put keys of these patterns, each in one piece."""
        return self._allow(["s3:PutObject"], patterns, "GenerateDataKey")

    def allow_listing(self) -> Grant:
        """A grant to list, without which S3 answers 403 rather than 404 for an absent key."""
        return allow(["s3:ListBucket"], on=[self.bucket_arn])

    def _allow(self, actions: list[str], patterns: tuple[str, ...], verb: str) -> Grant:
        objects = [self.arn_for_objects(pattern) for pattern in patterns]
        return every(allow(actions, on=objects), self._key.allow(verb, through="s3"))
