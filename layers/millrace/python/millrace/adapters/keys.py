"""The registry's API keys in DynamoDB: KEYS#<tenant> / <key id>."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from millrace.adapters.table import PRESENT, Table, update
from millrace.domain.access import ApiKey
from millrace.domain.errors import Conflict, NotFound

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoKeys:
    """Implements ports.Keys."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._table = Table(client, table)

    def add(self, key: ApiKey) -> None:
        """Raises Conflict when the id is taken."""
        if not self._table.add(key, _partition(key.tenant), key.id):
            raise Conflict(f"there is a key {key.id} already", field="id")

    def find(self, tenant: str, key_id: str) -> ApiKey | None:
        """The key with a strongly consistent read, or None."""
        return self._table.get(ApiKey, _partition(tenant), key_id)

    def of_tenant(self, tenant: str) -> Sequence[ApiKey]:
        """Every key of a tenant, by creation."""
        return sorted(self._table.all(ApiKey, _partition(tenant)), key=lambda key: (key.created, key.id))

    def revoke(self, tenant: str, key_id: str, at: str) -> None:
        """Revoke for ever; revoking again keeps the first time. Raises NotFound."""
        open_still = f"{PRESENT} AND #revoked = :none"
        change = update(_partition(tenant), key_id, {"revoked": at}, open_still, {"none": None})
        if not self._table.change(change) and self.find(tenant, key_id) is None:
            raise NotFound(f"there is no key {key_id}", field="id")


def _partition(tenant: str) -> str:
    return f"KEYS#{tenant}"
