"""What must outlive a redeploy: the key, the two buckets and the registry."""

from __future__ import annotations

from aws_cdk import CfnOutput
from constructs import Construct

from stacks.constructs.bucket import PrivateBucket
from stacks.constructs.key import EncryptionKey
from stacks.constructs.stack import REMOVALS, StageStack
from stacks.constructs.table import Registry
from stacks.stage import StageConfig


class DataStack(StageStack):
    """Stateful resources, apart from everything that changes often."""

    def __init__(self, scope: Construct, *, stage: StageConfig) -> None:
        super().__init__(scope, "data", stage=stage, description="Millrace: data, artifacts and the registry")
        removal = REMOVALS[stage.removal]
        self.key = EncryptionKey(self, "Key", stage=stage.name, removal=removal)
        self.landing = PrivateBucket(
            self,
            "Landing",
            key=self.key,
            removal=removal,
            noncurrent_days=stage.noncurrent_expiration_days,
            expire_days=stage.landing_expiration_days,
            announce=True,
        )
        self.artifacts = PrivateBucket(
            self, "Artifacts", key=self.key, removal=removal, noncurrent_days=stage.noncurrent_expiration_days
        )
        self.registry = Registry(
            self, "Registry", key=self.key, removal=removal, deletion_protection=stage.deletion_protection
        )
        CfnOutput(self, "RegistryTable", value=self.registry.table_name)
        CfnOutput(self, "LandingBucket", value=self.landing.bucket_name)
        CfnOutput(self, "ArtifactBucket", value=self.artifacts.bucket_name)
        CfnOutput(self, "KeyArn", value=self.key.key_arn)
