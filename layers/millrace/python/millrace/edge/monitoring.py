"""The wiring of what watches models: each function's ports joined to adapters. The detector's is in detection.py."""

from __future__ import annotations

from millrace.adapters.capture_store import S3CaptureStore
from millrace.adapters.clock import SystemClock
from millrace.adapters.dead_letters import SqsDeadLetters
from millrace.adapters.landing import S3Landing
from millrace.adapters.models import DynamoModels
from millrace.adapters.session import Clients
from millrace.adapters.tenants import DynamoTenants
from millrace.adapters.truth_store import S3TruthStore
from millrace.settings import CollectSettings, LabelSettings
from millrace.usecases.collect import CollectPorts
from millrace.usecases.label import LabelPorts


def collect_ports(settings: CollectSettings, clients: Clients) -> CollectPorts:
    """For `collect`."""
    return CollectPorts(
        models=DynamoModels(clients.dynamodb(), settings.registry_table),
        captures=S3CaptureStore(clients.s3(), settings.capture_bucket),
        dead_letters=SqsDeadLetters(clients.sqs(), settings.capture_dead_letter_queue_url),
    )


def label_ports(settings: LabelSettings, clients: Clients) -> LabelPorts:
    """For `label`."""
    return LabelPorts(
        landing=S3Landing(clients.s3(), settings.landing_bucket),
        tenants=DynamoTenants(clients.dynamodb(), settings.registry_table),
        models=DynamoModels(clients.dynamodb(), settings.registry_table),
        truth=S3TruthStore(clients.s3(), settings.capture_bucket),
        clock=SystemClock(),
    )
