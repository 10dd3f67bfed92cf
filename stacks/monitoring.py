"""What watches: captures are collected, truth joined, drift looked for, and models retrained."""

from __future__ import annotations

from aws_cdk import CfnOutput
from constructs import Construct

from stacks.constructs.alarm import on_dead_letters
from stacks.constructs.dashboard import StageDashboard
from stacks.constructs.function import Surroundings
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
        on_dead_letters(
            self, "lost-signals", self._failures, data.watch, means="Captures, truth or drift could not be handled"
        )
        StageDashboard(self, "Dashboard", stage=stage, captures=data.capture_queue)
        CfnOutput(self, "MonitoringDeadLetterQueueUrl", value=self._failures.queue_url)
