"""What watches: captures are collected, truth joined, drift looked for, and models retrained."""

from __future__ import annotations

from dataclasses import asdict

from aws_cdk import CfnOutput, Duration, aws_events, aws_lambda, aws_sns_subscriptions
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from millrace.settings import CollectSettings, DetectSettings, LabelSettings, RetrainSettings
from stacks.constructs.alarm import on_dead_letters, on_schedule, on_waiting_captures
from stacks.constructs.dashboard import StageDashboard
from stacks.constructs.function import Function, Surroundings
from stacks.constructs.grant import allow
from stacks.constructs.layers import Layer, library
from stacks.constructs.queue import Queue
from stacks.constructs.stack import StageStack
from stacks.data import COLLECT_SECONDS, DataStack
from stacks.folders import Folders
from stacks.stage import StageConfig
from stacks.training import TrainingStack

CAPTURES = 10_000  # of one call of `collect`, Lambda's most; it ends a batch before 6 MB too
CAPTURES_AT_ONCE = 10  # Lambda's most without a window


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
        on_waiting_captures(self, data.capture_queue, data.watch)
        StageDashboard(self, "Dashboard", stage=stage, captures=data.capture_queue)
        self._collect()
        self._label()
        self._retrain()
        runtime = Layer(self, "Inference", stage=stage, folder=folders.inference)
        detect = self._detect(runtime)
        CfnOutput(self, "DetectFunctionArn", value=detect.alias.function_arn)
        CfnOutput(self, "MonitoringDeadLetterQueueUrl", value=self._failures.queue_url)

    def _detect(self, runtime: Layer) -> Function:
        """Looks for drift on a schedule: reads captures, keeps sketches of them, and tells what it finds."""
        registry, captures, topic = self._data.registry, self._data.captures, self._training.drift_topic
        detect = Function(
            self,
            "detect_drift",
            around=self._around,
            settings=DetectSettings(
                stage=self._stage.name,
                registry_table=registry.table_name,
                artifact_bucket=self._data.artifacts.bucket_name,
                capture_bucket=captures.bucket_name,
                drift_topic_arn=topic.topic_arn,
            ),
            grants=[
                # Any tenant's, here and below: one function watches them all.
                registry.allow_listing("TENANTS", "MODELS#*", "MODEL#*"),
                self._data.artifacts.allow_reading("*/blobs/*"),
                captures.allow_reading("*"),
                captures.allow_listing(),
                captures.allow_writing("*/*/sketches/*", "*/*/labelled/*", "*/*/drift/*"),
                allow(
                    ["cloudwatch:PutMetricData"],
                    on=["*"],  # metrics are no resources that a policy could name; their namespace is a condition
                    when={"StringEquals": {"cloudwatch:namespace": f"Millrace/{self._stage.name}"}},
                ),
                topic.allow_publishing(),
            ],
            layers=[runtime],
            memory_mb=1769,
            timeout_seconds=900,
            failures=self._failures,
        )
        aws_events.Rule(
            self,
            "Detecting",
            description="Models are watched for drift",
            schedule=aws_events.Schedule.rate(Duration.minutes(self._stage.detect_minutes)),
            targets=[targets.LambdaFunction(detect.alias)],
        )
        on_schedule(self, "detect_drift", detect.alias, self._data.watch)
        return detect

    def _collect(self) -> None:
        """Captures wait for one another, as long as the stage says, and become objects."""
        registry, captures, queue = self._data.registry, self._data.captures, self._data.capture_queue
        dead_letters, window = self._data.capture_dead_letters, self._stage.capture_window_seconds
        collect = Function(
            self,
            "collect",
            around=self._around,
            settings=CollectSettings(
                stage=self._stage.name,
                registry_table=registry.table_name,
                capture_bucket=captures.bucket_name,
                capture_dead_letter_queue_url=dead_letters.queue_url,
            ),
            grants=[
                queue.allow_feeding(),
                dead_letters.allow_sending(),
                registry.allow_getting("MODEL#*"),  # any tenant's, here and below: a message says whose it is
                captures.allow_writing("*/*/captures/*"),
            ],
            timeout_seconds=COLLECT_SECONDS,
        )
        aws_lambda.CfnEventSourceMapping(
            self,
            "Captured",
            function_name=collect.alias.function_arn,
            event_source_arn=queue.queue_arn,
            batch_size=CAPTURES if window else CAPTURES_AT_ONCE,
            maximum_batching_window_in_seconds=window,
            function_response_types=["ReportBatchItemFailures"],
        )

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
                capture_expiration_days=self._stage.capture_expiration_days,
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
