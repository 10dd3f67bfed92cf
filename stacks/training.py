"""From an upload to a champion: ingest, the state machine and its functions, and the queue that workers poll."""

from __future__ import annotations

from aws_cdk import Aws, CfnOutput, Duration, aws_events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from millrace.settings import IngestSettings, TrainingSettings
from stacks.constructs.function import Function, Surroundings
from stacks.constructs.grant import allow
from stacks.constructs.job import backends
from stacks.constructs.layers import Layer, library
from stacks.constructs.logs import LogGroup
from stacks.constructs.queue import Queue
from stacks.constructs.stack import StageStack
from stacks.constructs.worker import WorkerRole
from stacks.constructs.workflow import TrainWorkflow
from stacks.data import DataStack
from stacks.folders import Folders
from stacks.stage import StageConfig

BUS = "default"


class TrainingStack(StageStack):
    """Runs when something is uploaded, and costs nothing else."""

    def __init__(self, scope: Construct, *, stage: StageConfig, data: DataStack, folders: Folders) -> None:
        super().__init__(scope, "training", stage=stage, description="Millrace: from an upload to a champion")
        self._stage, self._data = stage, data
        layers = [
            Layer(self, "Base", stage=stage, folder=folders.base),
            library(self, stage=stage, folder=folders.library),
        ]
        self._around = Surroundings(stage, data.key, folders.functions, layers)
        dead_letters = Queue(self, "JobDeadLetters", key=data.key)
        jobs = Queue(
            self,
            "Jobs",
            key=data.key,
            visibility=Duration.seconds(stage.worker_visibility_seconds),
            dead_letters=dead_letters,
        )
        workflow = TrainWorkflow(
            self,
            "Train",
            steps={name: step.alias for name, step in self._steps().items()},
            backends=backends(stage, jobs),
            log_group=LogGroup(self, "TrainLogs", name="train", stage=stage, key=data.key),
        )
        self._ingest(workflow)
        worker = WorkerRole(self, "Worker", jobs=jobs, landing=data.landing, artifacts=data.artifacts)
        CfnOutput(self, "StateMachineArn", value=workflow.machine.state_machine_arn)
        CfnOutput(self, "JobQueueUrl", value=jobs.queue_url)
        CfnOutput(self, "JobDeadLetterQueueUrl", value=dead_letters.queue_url)
        CfnOutput(self, "WorkerRoleArn", value=worker.role_arn)
        CfnOutput(self, "VisibilitySeconds", value=str(stage.worker_visibility_seconds))

    def _steps(self) -> dict[str, Function]:
        """The state machine's functions, each with a role of its own."""
        registry, landing, artifacts = self._data.registry, self._data.landing, self._data.artifacts
        # Any tenant's, here and below: one function serves them all, and its ticket names the tenant and the run.
        models = registry.allow_changing("MODEL#*", "MODELS#*")
        results = artifacts.allow_reading("*/runs/*", "*/blobs/*")
        publish = allow(
            ["events:PutEvents"],
            on=[f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:event-bus/{BUS}"],
            when={"ForAllValues:StringEquals": {"events:source": ["millrace"]}},  # in nobody else's name
        )
        grants = {
            "admit": [
                registry.allow_getting("RUNS#*", "MODEL#*"),  # any tenant's
                landing.allow_reading_versions("*"),  # any tenant's upload
                artifacts.allow_writing("*/runs/*/job.json"),  # any run's, but no other document of it
            ],
            "gate": [results, artifacts.allow_writing("*/runs/*/verdict.json", "*/runs/*/report.html")],  # any run's
            "register": [results, models],
            "deploy": [artifacts.allow_reading("*/runs/*/verdict.json"), models],  # any run's
            "notify": [registry.allow_changing("RUNS#*"), publish],  # any tenant's
        }
        settings = TrainingSettings(
            stage=self._stage.name,
            registry_table=registry.table_name,
            landing_bucket=landing.bucket_name,
            artifact_bucket=artifacts.bucket_name,
            event_bus=BUS,
        )
        return {
            name: Function(self, name, around=self._around, settings=settings, grants=each)
            for name, each in grants.items()
        }

    def _ingest(self, workflow: TrainWorkflow) -> None:
        """Uploads reach `ingest` through EventBridge; what it can't handle after retries is kept."""
        registry, landing = self._data.registry, self._data.landing
        failures = Queue(self, "IngestDeadLetters", key=self._data.key)
        ingest = Function(
            self,
            "ingest",
            around=self._around,
            settings=IngestSettings(
                stage=self._stage.name,
                registry_table=registry.table_name,
                landing_bucket=landing.bucket_name,
                state_machine_arn=workflow.machine.state_machine_arn,
                max_upload_bytes=self._stage.max_upload_bytes,
            ),
            grants=[
                registry.allow_getting("TENANTS"),
                registry.allow_changing("RUNS#*", "DATASETS#*"),  # any tenant's: the upload's key says whose it is
                landing.allow_reading_versions("*"),  # any tenant's upload
                landing.allow_listing(),  # it looks whether there is a spec.yaml
                workflow.allow_starting(),
            ],
            memory_mb=1024,
            timeout_seconds=900,  # it hashes an upload that came without a SHA-256
            failures=failures,
        )
        aws_events.Rule(
            self,
            "Uploaded",
            description="An object arrived in the landing bucket",
            event_pattern=aws_events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={"bucket": {"name": [landing.bucket_name]}},
            ),
            targets=[
                targets.LambdaFunction(
                    ingest.alias, dead_letter_queue=failures, retry_attempts=8, max_event_age=Duration.hours(6)
                )
            ],
        )
