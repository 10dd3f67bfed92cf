"""What watches models, joined to its adapters."""

from __future__ import annotations

from millrace.adapters.capture_store import S3CaptureStore
from millrace.adapters.dead_letters import SqsDeadLetters
from millrace.adapters.models import DynamoModels
from millrace.adapters.session import Clients
from millrace.settings import CollectSettings
from millrace.usecases.collect import CollectPorts


def collect_ports(settings: CollectSettings, clients: Clients) -> CollectPorts:
    """For `collect`."""
    return CollectPorts(
        models=DynamoModels(clients.dynamodb(), settings.registry_table),
        captures=S3CaptureStore(clients.s3(), settings.capture_bucket),
        dead_letters=SqsDeadLetters(clients.sqs(), settings.capture_dead_letter_queue_url),
    )
