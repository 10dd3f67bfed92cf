"""What watches: captures are collected, truth joined, drift looked for, and models retrained."""

from __future__ import annotations

from dataclasses import asdict

from aws_cdk import CfnOutput, aws_sns_subscriptions
from constructs import Construct

from millrace.settings import RetrainSettings
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
        self._retrain()
        CfnOutput(self, "MonitoringDeadLetterQueueUrl", value=self._failures.queue_url)

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
                allow(["cloudwatch:GetMetricData"], on=["*"]),  # it knows no resources
            ],
            timeout_seconds=300,
            failures=self._failures,
        )
        self._training.drift_topic.add_subscription(aws_sns_subscriptions.LambdaSubscription(retrain.alias))
