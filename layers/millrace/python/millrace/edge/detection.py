"""The detector's wiring, apart from the rest of what watches models: it is the part that needs numpy."""

from __future__ import annotations

from functools import partial

from aws_lambda_powertools import Logger

from millrace.adapters.blobs import S3Blobs
from millrace.adapters.capture_store import S3CaptureStore
from millrace.adapters.clock import SystemClock
from millrace.adapters.document_store import S3Documents
from millrace.adapters.documents import load
from millrace.adapters.metrics import CloudWatchMetrics
from millrace.adapters.models import DynamoModels
from millrace.adapters.session import Clients
from millrace.adapters.tenants import DynamoTenants
from millrace.adapters.topic import SnsAnnouncements
from millrace.adapters.truth_store import S3TruthStore
from millrace.domain.baseline import Baseline
from millrace.domain.drift import Drift
from millrace.domain.errors import MillraceError
from millrace.domain.manifest import Manifest
from millrace.edge import telemetry
from millrace.settings import DetectSettings
from millrace.usecases.detect_drift import DetectPorts
from millrace.usecases.join_truth import JoinPorts
from millrace.usecases.sketch_captures import SketchPorts
from millrace.usecases.watch_models import Address, WatchPorts


def watch_ports(settings: DetectSettings, clients: Clients, log: Logger) -> WatchPorts:
    """For `detect_drift`."""
    table, models = settings.registry_table, DynamoModels(clients.dynamodb(), settings.registry_table)
    sketching = SketchPorts(
        models=models,
        blobs=S3Blobs(clients.s3(), settings.artifact_bucket),
        captures=S3CaptureStore(clients.s3(), settings.capture_bucket),
        documents=S3Documents(clients.s3(), settings.capture_bucket),
        read_manifest=partial(load, Manifest),
        read_baseline=partial(load, Baseline),
    )
    joining = JoinPorts(
        captures=sketching.captures,
        truth=S3TruthStore(clients.s3(), settings.capture_bucket),
        models=models,
        blobs=sketching.blobs,
        read_manifest=sketching.read_manifest,
    )
    detecting = DetectPorts(
        sketching=sketching,
        joining=joining,
        metrics=CloudWatchMetrics(clients.cloudwatch(), settings.stage, SystemClock()),
        reminders=SnsAnnouncements(clients.sns(), settings.drift_topic_arn),
        clock=SystemClock(),
    )
    tenants = DynamoTenants(clients.dynamodb(), table)
    return WatchPorts(tenants, models, detecting, partial(_looked, log), partial(_failed, log))


def _looked(log: Logger, address: Address, drift: Drift | None) -> None:
    """Figures and names of columns' tests only: a column's name is the owner's, and no value is told."""
    tenant, model = address
    told: dict[str, object] = {"tenant": tenant, "model": model}
    if drift is None:
        log.info("not watched: the champion has no baseline", extra=told)
        return
    worst = drift.worst.test if drift.worst else None
    told |= {"version": drift.version, "rows": drift.rows, "labelled": drift.labelled}
    log.info("looked at", extra=told | {"standing": drift.standing.value, "severity": drift.severity, "worst": worst})


def _failed(log: Logger, address: Address, error: Exception) -> None:
    tenant, model = address
    code = error.code if isinstance(error, MillraceError) else type(error).__name__
    told = {"tenant": tenant, "model": model, "code": code, "frames": telemetry.frames(error)}
    log.error("could not be looked at", extra=told)
