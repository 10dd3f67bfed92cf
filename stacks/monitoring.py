"""What watches: captures are collected, truth joined, drift looked for, and models retrained."""

from __future__ import annotations

from dataclasses import asdict

from aws_cdk import CfnOutput, Duration, aws_events, aws_sns_subscriptions
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from millrace.settings import LabelSettings, RetrainSettings
from stacks.constructs.function import Function, Surroundings
from stacks.constructs.grant import allow
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
        self._retrain()
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

    def _retrain(self) -> None:
        """Models' alarms, and reminders of them, reach `retrain` through the drift topic."""
        registry, artifacts, captures = self._data.registry, self._data.artifacts, self._data.captures
        retrain = Function(
            self,
            "retrain",
            around=self._around,
            settings=RetrainSettings(
                **asdict(self._training.ends()),
                artifact_bucket=artifacts.bucket_name,
                capture_bucket=captures.bucket_name,
                detect_minutes=self._stage.detect_minutes,
            ),
            # Any tenant's, here and below: one function serves them all, and the alarm says whose model it is.
            grants=[
                registry.allow_listing("MODEL#*", "RETRAININGS#*"),
                *self._training.beginning("RUNS#*", "TIMELINE#*", "DATASETS#*", "RETRAININGS#*"),
                artifacts.allow_reading("*/blobs/*"),
                captures.allow_reading("*/*/labelled/*"),
                captures.allow_listing(),  # it counts the hours that have truth
                captures.allow_writing("*/*/labelled/*"),  # parts cut to size, or put together
                artifacts.allow_writing("*/blobs/*"),  # lists of parts
                allow(["cloudwatch:GetMetricData"], on=["*"]),  # it knows no resources
            ],
            memory_mb=1024,
            timeout_seconds=900,  # it looks at every hour that has truth,
            failures=self._failures,
        )
        self._training.drift_topic.add_subscription(aws_sns_subscriptions.LambdaSubscription(retrain.alias))
