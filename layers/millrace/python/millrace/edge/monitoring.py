"""The wiring of what watches models: each function's ports joined to adapters."""

from __future__ import annotations

from millrace.adapters.clock import SystemClock
from millrace.adapters.landing import S3Landing
from millrace.adapters.models import DynamoModels
from millrace.adapters.session import Clients
from millrace.adapters.tenants import DynamoTenants
from millrace.adapters.truth_store import S3TruthStore
from millrace.settings import LabelSettings
from millrace.usecases.label import LabelPorts


def label_ports(settings: LabelSettings, clients: Clients) -> LabelPorts:
    """For `label`."""
    return LabelPorts(
        landing=S3Landing(clients.s3(), settings.landing_bucket),
        tenants=DynamoTenants(clients.dynamodb(), settings.registry_table),
        models=DynamoModels(clients.dynamodb(), settings.registry_table),
        truth=S3TruthStore(clients.s3(), settings.capture_bucket),
        clock=SystemClock(),
    )
