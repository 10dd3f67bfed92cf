"""What watches: captures are collected, truth joined, drift looked for, and models retrained."""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration, aws_events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from millrace.settings import LabelSettings
from stacks.constructs.function import Function, Surroundings
from stacks.constructs.layers import Layer, library
from stacks.constructs.queue import Queue
from stacks.constructs.stack import StageStack
from stacks.data import DataStack
from stacks.folders import Folders
from stacks.stage import StageConfig
from stacks.training import TrainingStack


class MonitoringStack(StageStack):
    """Runs on a schedule, and where captures, truth or alarms come."""

    def __init__(
        self, scope: Construct, *, stage: StageConfig, data: DataStack, training: TrainingStack, folders: Folders
    ) -> None:
        super().__init__(scope, "monitoring", stage=stage, description="Millrace: captures, drift and retraining")
        self._stage, self._data, self._training = stage, data, training
        layers = [
            Layer(self, "Base", stage=stage, folder=folders.base),
            library(self, stage=stage, folder=folders.library),
        ]
        self._around = Surroundings(stage, data.key, folders.functions, layers)
        self._failures = Queue(self, "DeadLetters", key=data.key)
        self._label()
        CfnOutput(self, "MonitoringDeadLetterQueueUrl", value=self._failures.queue_url)

    def _label(self) -> None:
        """Files of truth reach `label` through EventBridge; what it can't handle after retries is kept."""
        registry, landing, captures = self._data.registry, self._data.landing, self._data.captures
        label = Function(
            self,
            "label",
            around=self._around,
            settings=LabelSettings(
                stage=self._stage.name,
                registry_table=registry.table_name,
                landing_bucket=landing.bucket_name,
                capture_bucket=captures.bucket_name,
            ),
            grants=[
                registry.allow_getting("TENANTS"),
                registry.allow_listing("MODELS#*"),  # any tenant's, here and below: the file's key says whose it is
                landing.allow_reading_versions("*/truth/*"),
                landing.allow_listing(),  # without which a file that is gone looks like one that it may not read
                captures.allow_writing("*/truth/*", "*/_truth/*"),
            ],
            memory_mb=1024,
            timeout_seconds=900,
            failures=self._failures,
        )
        aws_events.Rule(
            self,
            "TruthArrived",
            description="A file of truth came into the landing bucket",
            event_pattern=aws_events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                # One star matches slashes too; `label` looks at the key itself.
                detail={
                    "bucket": {"name": [landing.bucket_name]},
                    "object": {"key": aws_events.Match.wildcard("*/truth/*")},
                },
            ),
            targets=[
                targets.LambdaFunction(
                    label.alias, dead_letter_queue=self._failures, retry_attempts=8, max_event_age=Duration.hours(6)
                )
            ],
        )
