"""What belongs to what in the registry, seen from its end: the one list of partitions to empty, kind by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millrace.adapters.table import PRESENT, Table, delete, unless
from millrace.domain.errors import Conflict, NotFound
from millrace.domain.model import CHAMPION, Alias, ModelVersion
from millrace.domain.run import Run

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoErasure:
    """Implements ports.Erasure."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._table = Table(client, table)

    def version(self, version: ModelVersion) -> int:
        """One version, in the same write that sees that no alias points at it. Raises Conflict, NotFound."""
        pk = f"MODEL#{version.tenant}#{version.model}"
        names = {CHAMPION} | {alias.name for alias in self._table.all(Alias, pk, "ALIAS#")}
        writes = [unless(pk, f"ALIAS#{name}", "#version = :number", {"number": version.number}) for name in names]
        writes.append(delete(pk, f"VERSION#{version.number:08d}", PRESENT))
        writes.append(delete(pk, f"RUN#{version.run_id}#{version.manifest_digest}"))
        failed = self._table.commit(writes, f"version {version.number} of {version.model}")
        if failed is None:
            return 1
        if failed < len(names):
            raise Conflict(
                f"version {version.number} of {version.model!r} serves",
                code="version_serves",
                field="version",
                hint=f"promote another first: millrace models promote {version.model} VERSION --why TEXT",
            )
        raise NotFound(f"there is no version {version.number} of a model {version.model!r}", field="version")

    def model(self, tenant: str, model: str) -> int:
        """A model with all that is kept of it; its aliases first, so that it stops answering."""
        pk = f"MODEL#{tenant}#{model}"
        gone = self._empty(pk, "ALIAS#") + self._empty(pk) + self._table.remove(f"MODELS#{tenant}", [model])
        return gone + self._empty(f"RETRAININGS#{tenant}", f"{model}#")

    def dataset(self, tenant: str, dataset: str) -> int:
        """Every version of a dataset."""
        return self._empty(f"DATASETS#{tenant}", f"{dataset}#")

    def run(self, tenant: str, run_id: str) -> int:
        """A run, its line in the list by time, its attempts, and what uploads lead to it."""
        pk = f"RUNS#{tenant}"
        run = self._table.get(Run, pk, run_id)
        listed = self._table.remove(f"TIMELINE#{tenant}", [run.cursor]) if run else 0
        led = self._table.remove(pk, self._table.keys(pk, "UPLOAD#", run_id=run_id))
        return listed + led + self._table.remove(pk, [run_id]) + self._empty(pk, f"{run_id}#")

    def tenant(self, tenant: str) -> int:
        """The tenant's keys and its own record first, so that nobody comes in any more; then all that is left."""
        gone = self._empty(f"KEYS#{tenant}") + self._table.remove("TENANTS", [tenant])
        gone += sum(self.model(tenant, name) for name in self._table.keys(f"MODELS#{tenant}"))
        gone += self._empty("OPEN", f"{tenant}#")
        return gone + sum(self._empty(f"{kind}#{tenant}") for kind in ("TIMELINE", "RUNS", "DATASETS", "RETRAININGS"))

    def _empty(self, pk: str, prefix: str = "") -> int:
        return self._table.remove(pk, self._table.keys(pk, prefix))
