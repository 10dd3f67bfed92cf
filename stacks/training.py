"""From an upload to a champion: ingest, the state machine and its functions, and the queue that workers poll."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from aws_cdk import Aws, CfnOutput, Duration, aws_events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from millrace.settings import IngestSettings, NotifySettings, RegisterSettings, Settings, TrainingSettings
from stacks.constructs.alarm import on_dead_letters, on_failed_runs, on_schedule, on_waiting_jobs
from stacks.constructs.batch import BatchJobs
from stacks.constructs.function import Function, Surroundings
from stacks.constructs.grant import Grant, allow
from stacks.constructs.job import JobBackend, worker
from stacks.constructs.layers import Layer, library
from stacks.constructs.logs import LogGroup
from stacks.constructs.queue import Queue
from stacks.constructs.sagemaker import SageMakerJobs
from stacks.constructs.stack import StageStack
from stacks.constructs.topic import Topic
from stacks.constructs.worker import WorkerRole
from stacks.constructs.workflow import TrainWorkflow, arn
from stacks.data import DataStack
from stacks.folders import Folders
from stacks.stage import StageConfig

BUS = "default"
RECONCILE_MINUTES = 5


class TrainingStack(StageStack):
    """Runs when something is uploaded, and costs nothing else."""

    def __init__(self, scope: Construct, *, stage: StageConfig, data: DataStack, folders: Folders) -> None:
        super().__init__(scope, "training", stage=stage, description="Millrace: from an upload to a champion")
        self._stage, self._data = stage, data
        layers = [
            Layer(self, "Base", stage=stage, folder=folders.base),
            library(self, stage=stage, folder=folders.library),
        ]
        self._machine = f"millrace-{stage.name}-train"
        self._topic = Topic(self, "Runs", key=data.key, display_name=f"Millrace {stage.name}: ends of runs")
        self.drift_topic = Topic(self, "Drift", key=data.key, display_name=f"Millrace {stage.name}: drift")
        self.drift_topic.hear_alarms(f"millrace-{stage.name}-drift-*")
        self._around = Surroundings(stage, data.key, folders.functions, layers)
        dead_letters = Queue(self, "JobDeadLetters", key=data.key)
        jobs = Queue(
            self,
            "Jobs",
            key=data.key,
            visibility=Duration.seconds(stage.worker_visibility_seconds),
            dead_letters=dead_letters,
        )
        backends = [self._backend(name, jobs) for name in stage.backends]
        workflow = TrainWorkflow(
            self,
            "Train",
            name=self._machine,
            steps={name: step.alias for name, step in self._steps(backends).items()},
            backends=backends,
            jobs_per_run=stage.jobs_per_run,
            log_group=LogGroup(self, "TrainLogs", name="train", stage=stage, key=data.key),
        )
        self._ingest(workflow)
        self._reconcile(workflow)
        on_failed_runs(self, data.watch)
        on_waiting_jobs(self, jobs, data.watch)
        on_dead_letters(self, "lost-jobs", dead_letters, data.watch, means="Workers lost a job ten times")
        role = WorkerRole(
            self, "Worker", jobs=jobs, landing=data.landing, captures=data.captures, artifacts=data.artifacts
        )
        CfnOutput(self, "DriftTopicArn", value=self.drift_topic.topic_arn)
        CfnOutput(self, "RunTopicArn", value=self._topic.topic_arn)
        CfnOutput(self, "EventBus", value=BUS)
        CfnOutput(self, "RunsPerTenant", value=str(stage.runs_per_tenant))
        CfnOutput(self, "StateMachineArn", value=workflow.machine.state_machine_arn)
        CfnOutput(self, "JobQueueUrl", value=jobs.queue_url)
        CfnOutput(self, "JobDeadLetterQueueUrl", value=dead_letters.queue_url)
        CfnOutput(self, "WorkerRoleArn", value=role.role_arn)
        CfnOutput(self, "VisibilitySeconds", value=str(stage.worker_visibility_seconds))

    def _backend(self, name: str, jobs: Queue) -> JobBackend:
        """A row of the backends' table, with what its jobs run on."""
        rows = {"worker": lambda: worker(self._stage, jobs), "batch": self._batch, "sagemaker": self._sagemaker}
        return rows[name]()

    def _batch(self) -> JobBackend:
        stage, data = self._stage, self._data
        log_group = LogGroup(self, "BatchLogs", name="batch", stage=stage, key=data.key)
        return BatchJobs(
            self,
            "Batch",
            stage=stage,
            log_group=log_group,
            landing=data.landing,
            captures=data.captures,
            artifacts=data.artifacts,
        ).backend()

    def _sagemaker(self) -> JobBackend:
        stage, data = self._stage, self._data
        return SageMakerJobs(
            self,
            "SageMaker",
            stage=stage,
            key=data.key,
            landing=data.landing,
            captures=data.captures,
            artifacts=data.artifacts,
        ).backend()

    def _steps(self, backends: Sequence[JobBackend]) -> dict[str, Function]:
        """The state machine's functions, each with a role of its own."""
        registry, landing, artifacts = self._data.registry, self._data.landing, self._data.artifacts
        # Any tenant's, here and below: one function serves them all, and its ticket names the tenant and the run.
        models = registry.allow_changing("MODEL#*", "MODELS#*")
        results = artifacts.allow_reading("*/runs/*", "*/blobs/*")
        alarms = f"arn:{Aws.PARTITION}:cloudwatch:{Aws.REGION}:{Aws.ACCOUNT_ID}"
        grants = {
            "admit": [
                registry.allow_getting("RUNS#*", "MODEL#*"),  # any tenant's
                landing.allow_reading_versions("*"),  # any tenant's upload
                artifacts.allow_writing("*/runs/*/job.json"),  # any run's, but no other document of it
            ],
            "diagnose": [artifacts.allow_reading("*/runs/*/failure.json"), artifacts.allow_listing()],  # any run's
            "gate": [results, artifacts.allow_writing("*/runs/*/verdict.json", "*/runs/*/report.html")],  # any run's
            "register": [
                results,
                registry.allow_changing("DATASETS#*", "MODEL#*", "MODELS#*"),  # any tenant's
                allow(["cloudwatch:PutMetricAlarm"], on=[f"{alarms}:alarm:millrace-{self._stage.name}-drift-*"]),
            ],
            "deploy": [artifacts.allow_reading("*/runs/*/verdict.json"), models],  # any run's
        }
        settings = TrainingSettings(
            stage=self._stage.name,
            registry_table=registry.table_name,
            landing_bucket=landing.bucket_name,
            artifact_bucket=artifacts.bucket_name,
            default_backend=self._stage.backends[0],
        )
        if not any(backend.silent for backend in backends):
            del grants["diagnose"]  # every job of this stage says by itself why it failed
        known: dict[str, Settings] = {
            "register": RegisterSettings(**asdict(settings), drift_topic_arn=self.drift_topic.topic_arn)
        }
        steps = {
            name: Function(self, name, around=self._around, settings=known.get(name, settings), grants=each)
            for name, each in grants.items()
        }
        starting = allow(["states:StartExecution"], on=[arn(self._machine)])
        ending = [*self._ending(), starting]
        return steps | {
            "notify": Function(self, "notify", around=self._around, settings=self.ends(), grants=ending),
        }

    def ends(self) -> NotifySettings:
        """What a function that ends runs, or begins them, knows."""
        return NotifySettings(
            stage=self._stage.name,
            registry_table=self._data.registry.table_name,
            event_bus=BUS,
            topic_arn=self._topic.topic_arn,
            state_machine_arn=arn(self._machine),
            runs_per_tenant=self._stage.runs_per_tenant,
        )

    def _ending(self) -> list[Grant]:
        """What a function that ends runs, tells of it and begins the next ones is granted."""
        return [*self._queueing("RUNS#*"), *self._telling()]

    def beginning(self, *kinds: str) -> list[Grant]:
        """What a function that changes records of these kinds, begins runs and tells of it is granted."""
        starting = allow(["states:StartExecution"], on=[arn(self._machine)])
        return [*self._queueing(*kinds), *self._telling(), starting]

    def _telling(self) -> list[Grant]:
        """Grants to tell whoever listens."""
        publish = allow(
            ["events:PutEvents"],
            on=[f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:event-bus/{BUS}"],
            when={"ForAllValues:StringEquals": {"events:source": ["millrace"]}},  # in nobody else's name
        )
        return [publish, self._topic.allow_publishing()]

    def _queueing(self, *kinds: str) -> list[Grant]:
        """Grants to change records of these kinds, any tenant's, together with the places of open runs."""
        registry = self._data.registry
        return [
            registry.allow_listing("OPEN"),
            registry.allow_changing("OPEN", *kinds),
            registry.allow_deleting("OPEN"),
        ]

    def _reconcile(self, workflow: TrainWorkflow) -> None:
        """What died is begun anew every few minutes."""
        reconcile = Function(
            self,
            "reconcile",
            around=self._around,
            settings=self.ends(),
            grants=[*self._ending(), workflow.allow_starting(), workflow.allow_looking()],
            timeout_seconds=300,
        )
        aws_events.Rule(
            self,
            "Reconciling",
            description="Runs whose execution died get another attempt",
            schedule=aws_events.Schedule.rate(Duration.minutes(RECONCILE_MINUTES)),
            targets=[targets.LambdaFunction(reconcile.alias)],
        )
        on_schedule(self, "reconcile", reconcile.alias, self._data.watch)

    def _ingest(self, workflow: TrainWorkflow) -> None:
        """Uploads reach `ingest` through EventBridge; what it can't handle after retries is kept."""
        registry, landing = self._data.registry, self._data.landing
        failures = Queue(self, "IngestDeadLetters", key=self._data.key)
        on_dead_letters(self, "lost-uploads", failures, self._data.watch, means="Uploads could not be taken in")
        ingest = Function(
            self,
            "ingest",
            around=self._around,
            settings=IngestSettings(
                stage=self._stage.name,
                registry_table=registry.table_name,
                landing_bucket=landing.bucket_name,
                artifact_bucket=self._data.artifacts.bucket_name,
                event_bus=BUS,
                topic_arn=self._topic.topic_arn,
                state_machine_arn=workflow.machine.state_machine_arn,
                max_upload_bytes=self._stage.max_upload_bytes,
                runs_per_tenant=self._stage.runs_per_tenant,
            ),
            grants=[
                registry.allow_getting("TENANTS"),
                # Any tenant's: the upload's key says whose it is; where it says nobody's, UNCLAIMED.
                *self._queueing("RUNS#*", "TIMELINE#*", "DATASETS#*", "UNCLAIMED"),
                registry.allow_listing("DATASETS#*"),  # a spec is for the newest one
                landing.allow_reading_versions("*"),  # any tenant's upload
                landing.allow_listing(),  # it looks whether there is a spec.yaml, and for parts
                self._data.artifacts.allow_writing("*/blobs/*"),  # lists of parts
                *self._telling(),
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
