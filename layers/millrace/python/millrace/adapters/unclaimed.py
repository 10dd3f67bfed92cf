"""Uploads that no tenant owns, in DynamoDB: UNCLAIMED / <place>, so many places and no more, each for a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from millrace.adapters import items
from millrace.adapters.table import Table
from millrace.domain.refusal import KEEP_DAYS, Refusal

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

PARTITION = "UNCLAIMED"
PLACES = 1000  # what is kept at most: who writes to foreign keys all day fills the table with no more
EXPIRY = "ttl"  # the table's attribute for the second at which DynamoDB may delete a record


class DynamoUnclaimed:
    """Implements ports.Unclaimed."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._table = Table(client, table)

    def add(self, refusal: Refusal) -> None:
        """Store in the place that the id names, over what was there; the same again changes nothing but its time."""
        place = f"{int(refusal.id[:12], 16) % PLACES:04d}"
        expires = datetime.fromisoformat(refusal.at) + timedelta(days=KEEP_DAYS)
        item = items.pack(refusal, PARTITION, place) | {EXPIRY: items.attribute(int(expires.timestamp()))}
        self._table.change({"Put": {"Item": item}})

    def all(self) -> Sequence[Refusal]:
        """What is kept, newest first."""
        return sorted(self._table.all(Refusal, PARTITION), key=lambda refusal: (refusal.at, refusal.id), reverse=True)
