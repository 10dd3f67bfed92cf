"""What must outlive a redeploy: key, buckets, registry, captures on their way to a bucket, who hears of alarms."""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration
from constructs import Construct

from stacks.constructs.alarm import Watch, on_dead_letters
from stacks.constructs.bucket import PrivateBucket
from stacks.constructs.key import EncryptionKey
from stacks.constructs.queue import Queue
from stacks.constructs.stack import REMOVALS, StageStack
from stacks.constructs.table import Registry
from stacks.constructs.topic import Topic
from stacks.stage import StageConfig

COLLECT_SECONDS = 120  # that a call of `collect` may take
CAPTURE_BYTES = 1_048_576  # SQS's most, of one message
RECEIVED = 6  # times: AWS asks for a visibility of six of the function's timeouts


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
        self.captures = PrivateBucket(
            self,
            "Captures",
            key=self.key,
            removal=removal,
            noncurrent_days=stage.noncurrent_expiration_days,
            expire_days=stage.capture_expiration_days,
        )
        self.capture_dead_letters = Queue(self, "CaptureDeadLetters", key=self.key, message_bytes=CAPTURE_BYTES)
        self.capture_queue = Queue(
            self,
            "CaptureQueue",
            key=self.key,
            visibility=Duration.seconds(RECEIVED * COLLECT_SECONDS),
            dead_letters=self.capture_dead_letters,
            message_bytes=CAPTURE_BYTES,
        )
        operators = Topic(self, "Operations", key=self.key, display_name=f"Millrace {stage.name}: alarms")
        operators.hear_alarms(f"millrace-{stage.name}-*")
        self.watch = Watch(stage, operators)
        on_dead_letters(
            self, "lost-captures", self.capture_dead_letters, self.watch, means="Captures could not be collected"
        )
        self.registry = Registry(
            self, "Registry", key=self.key, removal=removal, deletion_protection=stage.deletion_protection
        )
        CfnOutput(self, "RegistryTable", value=self.registry.table_name)
        CfnOutput(self, "LandingBucket", value=self.landing.bucket_name)
        CfnOutput(self, "ArtifactBucket", value=self.artifacts.bucket_name)
        CfnOutput(self, "CaptureBucket", value=self.captures.bucket_name)
        CfnOutput(self, "CaptureQueueUrl", value=self.capture_queue.queue_url)
        CfnOutput(self, "CaptureDeadLetterQueueUrl", value=self.capture_dead_letters.queue_url)
        CfnOutput(self, "OperationsTopicArn", value=operators.topic_arn)
        CfnOutput(self, "KeyArn", value=self.key.key_arn)
