"""Which stacks make a stage."""

from __future__ import annotations

from constructs import Construct

from stacks.constructs.stack import StageStack
from stacks.data import DataStack
from stacks.folders import Folders
from stacks.inference import InferenceStack
from stacks.monitoring import MonitoringStack
from stacks.stage import StageConfig
from stacks.training import TrainingStack


def compose(app: Construct, stage: StageConfig, folders: Folders) -> tuple[StageStack, ...]:
    """Add a stage's stacks to the app: what is kept, what trains, what answers, what watches."""
    data = DataStack(app, stage=stage)
    training = TrainingStack(app, stage=stage, data=data, folders=folders)
    inference = InferenceStack(app, stage=stage, data=data, folders=folders)
    monitoring = MonitoringStack(app, stage=stage, data=data, training=training, folders=folders)
    return data, training, inference, monitoring
