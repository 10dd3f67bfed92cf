"""The registry's tenants in DynamoDB: TENANTS / <tenant>."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from millrace.adapters.table import Table
from millrace.domain.access import Tenant
from millrace.domain.errors import Conflict

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

PARTITION = "TENANTS"
USE_IT = "mean it with --tenant {0}, or from now on: millrace tenants use {0}"


class DynamoTenants:
    """Implements ports.Tenants."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._table = Table(client, table)

    def create(self, tenant: Tenant) -> None:
        """Raises Conflict when the name is taken."""
        if not self._table.add(tenant, PARTITION, tenant.name):
            raise Conflict(f"there is a tenant {tenant.name} already", field="tenant", hint=USE_IT.format(tenant.name))

    def find(self, name: str) -> Tenant | None:
        """The tenant, or None."""
        return self._table.get(Tenant, PARTITION, name)

    def all(self) -> Sequence[Tenant]:
        """Every tenant, by name."""
        return self._table.all(Tenant, PARTITION)
