"""The control plane's wiring: each function's ports joined to adapters, and nothing that serving or training needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from millrace.adapters.alarms import CloudWatchAlarms
from millrace.adapters.announcements import EventBridgeAnnouncements
from millrace.adapters.blobs import S3Blobs
from millrace.adapters.clock import SystemClock
from millrace.adapters.datasets import DynamoDatasets
from millrace.adapters.delivery import S3Delivery
from millrace.adapters.document_store import S3Documents
from millrace.adapters.documents import load
from millrace.adapters.keys import DynamoKeys
from millrace.adapters.landing import S3Landing
from millrace.adapters.models import DynamoModels
from millrace.adapters.pages import S3Pages
from millrace.adapters.runs import DynamoRuns
from millrace.adapters.session import Clients
from millrace.adapters.tenants import DynamoTenants
from millrace.adapters.topic import SnsAnnouncements
from millrace.adapters.unclaimed import DynamoUnclaimed
from millrace.adapters.uploads import S3Uploads
from millrace.adapters.workflow import StepFunctionsWorkflow
from millrace.domain.manifest import Manifest
from millrace.domain.profile import Profile
from millrace.domain.report import Report
from millrace.edge.tenant_api import TenantPorts
from millrace.ports import Announcements, Clock, Documents, Keys
from millrace.protocol.spec import read_spec
from millrace.settings import (
    AuthorizeSettings,
    ControlSettings,
    IngestSettings,
    NotifySettings,
    RegisterSettings,
    TrainingSettings,
)
from millrace.usecases.admit import AdmitPorts
from millrace.usecases.deploy import DeployPorts
from millrace.usecases.draw_report import DrawPorts
from millrace.usecases.gate import GatePorts
from millrace.usecases.ingest import IngestPorts
from millrace.usecases.notify import NotifyPorts
from millrace.usecases.register import RegisterPorts


@dataclass(frozen=True, slots=True)
class AuthorizePorts:
    """What authorizing needs from outside."""

    keys: Keys
    clock: Clock


def ingest_ports(settings: IngestSettings, clients: Clients) -> IngestPorts:
    """For `ingest`."""
    table = settings.registry_table
    return IngestPorts(
        landing=S3Landing(clients.s3(), settings.landing_bucket),
        tenants=DynamoTenants(clients.dynamodb(), table),
        datasets=DynamoDatasets(clients.dynamodb(), table),
        runs=DynamoRuns(clients.dynamodb(), table),
        workflow=StepFunctionsWorkflow(clients.stepfunctions(), settings.state_machine_arn),
        clock=SystemClock(),
        read_spec=read_spec,
        runs_per_tenant=settings.runs_per_tenant,
        blobs=S3Blobs(clients.s3(), settings.artifact_bucket),
        unclaimed=DynamoUnclaimed(clients.dynamodb(), table),
        announcements=_everybody(settings, clients),
    )


def admit_ports(settings: TrainingSettings, clients: Clients) -> AdmitPorts:
    """For `admit`."""
    return AdmitPorts(
        runs=DynamoRuns(clients.dynamodb(), settings.registry_table),
        models=DynamoModels(clients.dynamodb(), settings.registry_table),
        landing=S3Landing(clients.s3(), settings.landing_bucket),
        documents=S3Documents(clients.s3(), settings.artifact_bucket),
        default_backend=settings.default_backend,
    )


def run_documents(settings: TrainingSettings, clients: Clients) -> Documents:
    """For `diagnose`: what the steps of a run hand one another."""
    return S3Documents(clients.s3(), settings.artifact_bucket)


def gate_ports(settings: TrainingSettings, clients: Clients) -> GatePorts:
    """For `gate`."""
    return GatePorts(
        documents=S3Documents(clients.s3(), settings.artifact_bucket),
        blobs=S3Blobs(clients.s3(), settings.artifact_bucket),
        read_report=partial(load, Report),
    )


def draw_ports(settings: TrainingSettings, clients: Clients) -> DrawPorts:
    """For the page that `gate` leaves."""
    return DrawPorts(
        documents=S3Documents(clients.s3(), settings.artifact_bucket),
        blobs=S3Blobs(clients.s3(), settings.artifact_bucket),
        read_report=partial(load, Report),
        read_manifest=partial(load, Manifest),
        read_profile=partial(load, Profile),
    )


def pages(settings: TrainingSettings, clients: Clients) -> S3Pages:
    """Where that page is left."""
    return S3Pages(clients.s3(), settings.artifact_bucket)


def register_ports(settings: RegisterSettings, clients: Clients) -> RegisterPorts:
    """For `register`."""
    return RegisterPorts(
        documents=S3Documents(clients.s3(), settings.artifact_bucket),
        blobs=S3Blobs(clients.s3(), settings.artifact_bucket),
        models=DynamoModels(clients.dynamodb(), settings.registry_table),
        datasets=DynamoDatasets(clients.dynamodb(), settings.registry_table),
        clock=SystemClock(),
        read_manifest=partial(load, Manifest),
        alarms=CloudWatchAlarms(clients.cloudwatch(), settings.stage, settings.drift_topic_arn),
    )


def deploy_ports(settings: TrainingSettings, clients: Clients) -> DeployPorts:
    """For `deploy`."""
    return DeployPorts(
        documents=S3Documents(clients.s3(), settings.artifact_bucket),
        models=DynamoModels(clients.dynamodb(), settings.registry_table),
        clock=SystemClock(),
    )


def notify_ports(settings: NotifySettings, clients: Clients) -> NotifyPorts:
    """For `notify` and `reconcile`."""
    return NotifyPorts(
        runs=DynamoRuns(clients.dynamodb(), settings.registry_table),
        announcements=_everybody(settings, clients),
        workflow=StepFunctionsWorkflow(clients.stepfunctions(), settings.state_machine_arn),
        clock=SystemClock(),
        runs_per_tenant=settings.runs_per_tenant,
    )


def _everybody(settings: IngestSettings | NotifySettings, clients: Clients) -> tuple[Announcements, ...]:
    """Whoever listens: rules of EventBridge, and the topic's subscribers."""
    return (
        EventBridgeAnnouncements(clients.events(), settings.event_bus),
        SnsAnnouncements(clients.sns(), settings.topic_arn),
    )


def authorize_ports(settings: AuthorizeSettings, clients: Clients) -> AuthorizePorts:
    """For `authorize`."""
    return AuthorizePorts(DynamoKeys(clients.dynamodb(), settings.registry_table), SystemClock())


def tenant_ports(settings: ControlSettings, clients: Clients) -> TenantPorts:
    """For `control`."""
    table = settings.registry_table
    return TenantPorts(
        keys=DynamoKeys(clients.dynamodb(), table),
        runs=DynamoRuns(clients.dynamodb(), table),
        models=DynamoModels(clients.dynamodb(), table),
        uploads=S3Uploads(clients.s3(), settings.landing_bucket),
        delivery=S3Delivery(clients.s3(), settings.landing_bucket),
        clock=SystemClock(),
        max_upload_bytes=settings.max_upload_bytes,
    )
