"""The registry's dataset versions in DynamoDB: DATASETS#<tenant> / <dataset>#<digest>."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from millrace.adapters.documents import plain
from millrace.adapters.table import Table, update
from millrace.domain.dataset import DatasetVersion

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoDatasets:
    """Implements ports.Datasets."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._table = Table(client, table)

    def add(self, version: DatasetVersion) -> bool:
        """Store if new; False when that content was already known, whose `arrived` is then raised if this is later."""
        pk, sk = _partition(version.tenant), f"{version.dataset}#{version.digest}"
        if self._table.add(version, pk, sk):
            return True
        later = {"arrived": version.arrived, "data": plain(version.data)}
        earlier = "attribute_not_exists(#arrived) OR #arrived < :arrived"
        self._table.change(update(pk, sk, later, earlier, {"arrived": version.arrived}))
        return False

    def newest(self, tenant: str, dataset: str) -> DatasetVersion | None:
        """The version whose upload arrived last, or None."""
        found = self._table.all(DatasetVersion, _partition(tenant), f"{dataset}#")
        return max(found, key=lambda version: (version.arrived, version.created), default=None)

    def of_tenant(self, tenant: str) -> Sequence[DatasetVersion]:
        """Every dataset version of a tenant, oldest first."""
        found = self._table.all(DatasetVersion, _partition(tenant))
        return sorted(found, key=lambda version: (version.created, version.dataset, version.digest))


def _partition(tenant: str) -> str:
    return f"DATASETS#{tenant}"
