"""The wiring of what watches models: each function's ports joined to adapters. The detector's is in detection.py."""

from __future__ import annotations

from functools import partial

from aws_lambda_powertools import Logger

from millrace.adapters.announcements import EventBridgeAnnouncements
from millrace.adapters.blobs import S3Blobs
from millrace.adapters.capture_store import S3CaptureStore
from millrace.adapters.clock import SystemClock
from millrace.adapters.datasets import DynamoDatasets
from millrace.adapters.dead_letters import SqsDeadLetters
from millrace.adapters.documents import load
from millrace.adapters.landing import S3Landing
from millrace.adapters.metrics import CloudWatchMetrics
from millrace.adapters.models import DynamoModels
from millrace.adapters.retrainings import DynamoRetrainings
from millrace.adapters.runs import DynamoRuns
from millrace.adapters.session import Clients
from millrace.adapters.tenants import DynamoTenants
from millrace.adapters.topic import SnsAnnouncements
from millrace.adapters.truth_store import S3TruthStore
from millrace.adapters.workflow import StepFunctionsWorkflow
from millrace.domain.manifest import Manifest
from millrace.settings import CollectSettings, LabelSettings, RetrainSettings
from millrace.usecases.collect import CollectPorts, Gathered
from millrace.usecases.label import LabelPorts
from millrace.usecases.labelled_dataset import DatasetPorts
from millrace.usecases.retrain import RetrainPorts

LATE_MINUTES = 5  # that a measurement may come later than the schedule says


def collect_ports(settings: CollectSettings, clients: Clients, log: Logger) -> CollectPorts:
    """For `collect`."""
    return CollectPorts(
        models=DynamoModels(clients.dynamodb(), settings.registry_table),
        captures=S3CaptureStore(clients.s3(), settings.capture_bucket),
        dead_letters=SqsDeadLetters(clients.sqs(), settings.capture_dead_letter_queue_url),
        gathered=partial(_gathered, log),
    )


def _gathered(log: Logger, gathered: Gathered) -> None:
    """Whose captures they are, and counts."""
    of, versions = gathered.partition, gathered.versions
    told: dict[str, object] = {"tenant": of.tenant, "model": of.model, "hour": of.hour}
    told |= {"version": versions[0]} if len(versions) == 1 else {"versions": versions}
    write = log.warning if gathered.code else log.info
    write("gathered", extra=told | {"rows": gathered.rows, "orphans": gathered.orphans, "code": gathered.code})


def label_ports(settings: LabelSettings, clients: Clients) -> LabelPorts:
    """For `label`."""
    return LabelPorts(
        landing=S3Landing(clients.s3(), settings.landing_bucket),
        tenants=DynamoTenants(clients.dynamodb(), settings.registry_table),
        models=DynamoModels(clients.dynamodb(), settings.registry_table),
        truth=S3TruthStore(clients.s3(), settings.capture_bucket),
        clock=SystemClock(),
        kept_days=settings.capture_expiration_days,
    )


def retrain_ports(settings: RetrainSettings, clients: Clients) -> RetrainPorts:
    """For `retrain`. A measurement counts until two looks for drift were missed."""
    table = settings.registry_table
    blobs = S3Blobs(clients.s3(), settings.artifact_bucket)
    return RetrainPorts(
        models=DynamoModels(clients.dynamodb(), table),
        runs=DynamoRuns(clients.dynamodb(), table),
        blobs=blobs,
        metrics=CloudWatchMetrics(clients.cloudwatch(), settings.stage, SystemClock()),
        retrainings=DynamoRetrainings(clients.dynamodb(), table),
        labelled=DatasetPorts(
            truth=S3TruthStore(clients.s3(), settings.capture_bucket),
            datasets=DynamoDatasets(clients.dynamodb(), table),
            blobs=blobs,
            clock=SystemClock(),
        ),
        workflow=StepFunctionsWorkflow(clients.stepfunctions(), settings.state_machine_arn),
        clock=SystemClock(),
        announcements=(
            EventBridgeAnnouncements(clients.events(), settings.event_bus),
            SnsAnnouncements(clients.sns(), settings.topic_arn),
        ),
        read_manifest=partial(load, Manifest),
        window_minutes=2 * settings.detect_minutes + LATE_MINUTES,
        runs_per_tenant=settings.runs_per_tenant,
    )
