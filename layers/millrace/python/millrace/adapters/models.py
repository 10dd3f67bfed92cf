"""The registry's models in DynamoDB, where every change that can race is one transaction.

MODELS#<tenant> / <model> counts a model's versions and names its champion, so that a listing is one query;
MODEL#<tenant>#<model> / VERSION#<n> | RUN#<run id>#<manifest digest> | ALIAS#<name> | LEDGER#<alias>#<n>
holds the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from millrace.adapters.table import ATTEMPTS, PRESENT, Pause, Table, Write, check, put, update
from millrace.domain.errors import Corrupt, NotFound, Unavailable
from millrace.domain.model import CHAMPION, Alias, AliasMove, Model, ModelVersion

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class _Registration:
    """Which version a run's artifact became."""

    version: int


class DynamoModels:
    """Implements ports.Models."""

    def __init__(self, client: DynamoDBClient, table: str, pause: Pause | None = None) -> None:
        self._table = Table(client, table, pause)

    def register(self, version: ModelVersion) -> ModelVersion:
        """Store under the model's next number; the same run's same artifact again returns what it became before."""
        pk = _partition(version.tenant, version.model)
        marker = f"RUN#{version.run_id}#{version.manifest_digest}"  # the manifest names the model's digest
        for attempt in range(ATTEMPTS):
            self._table.pause(attempt)
            former = self._table.get(_Registration, pk, marker)
            if former is not None:
                return self._registered(version, former.version)
            model = self._table.get(Model, f"MODELS#{version.tenant}", version.model)
            numbered = replace(version, number=1 if model is None else model.versions + 1)
            writes = [
                _count(numbered),
                put(numbered, pk, _version_key(numbered.number)),
                put(_Registration(numbered.number), pk, marker),
            ]
            if self._table.commit(writes, f"model {version.model}") is None:
                return numbered
        raise Unavailable(f"too many versions of {version.model} are being registered at once")

    def version(self, tenant: str, model: str, number: int) -> ModelVersion | None:
        """An immutable version, or None."""
        return self._table.get(ModelVersion, _partition(tenant, model), _version_key(number))

    def versions(self, tenant: str, model: str) -> Sequence[ModelVersion]:
        """A model's versions by number; empty when there is no such model."""
        return self._table.all(ModelVersion, _partition(tenant, model), "VERSION#")

    def of_tenant(self, tenant: str) -> Sequence[Model]:
        """Every model of a tenant, by name."""
        return self._table.all(Model, f"MODELS#{tenant}")

    def alias(self, tenant: str, model: str, name: str) -> Alias | None:
        """Where the alias points now, with a strongly consistent read."""
        return self._table.get(Alias, _partition(tenant, model), f"ALIAS#{name}")

    def move(self, move: AliasMove) -> bool:
        """Move the alias and append to the ledger in one write, if it still stands where the move begins; else False.

        Raises NotFound when there is no version `after`.
        """
        if (move.before is None) != (move.sequence == 1):
            return False  # an alias begins with its first move and at no other
        pk = _partition(move.tenant, move.model)
        writes = [
            check(pk, _version_key(move.after)),
            _point(move),
            put(move, pk, _ledger_key(move.alias, move.sequence)),
        ]
        if move.alias == CHAMPION:
            writes.append(update(f"MODELS#{move.tenant}", move.model, {"champion": move.after}, PRESENT, {}))
        failed = self._table.commit(writes, f"alias {move.alias} of {move.model}")
        if failed == 0:
            raise NotFound(f"{move.model} has no version {move.after}", field="version")
        return failed is None

    def move_of(self, tenant: str, model: str, alias: str, sequence: int) -> AliasMove | None:
        """One line of the ledger, by the move's place among its alias's moves; None where there is none."""
        return self._table.get(AliasMove, _partition(tenant, model), _ledger_key(alias, sequence))

    def ledger(self, tenant: str, model: str) -> Sequence[AliasMove]:
        """Every move of every alias of a model, oldest first."""
        found = self._table.all(AliasMove, _partition(tenant, model), "LEDGER#")
        return sorted(found, key=lambda move: (move.at, move.alias, move.sequence))

    def _registered(self, version: ModelVersion, number: int) -> ModelVersion:
        former = self.version(version.tenant, version.model, number)
        if former is None:
            raise Corrupt(f"the run {version.run_id} made version {number} of {version.model}, which is gone")
        return former


def _partition(tenant: str, model: str) -> str:
    return f"MODEL#{tenant}#{model}"


def _version_key(number: int) -> str:
    return f"VERSION#{number:08d}"


def _ledger_key(alias: str, sequence: int) -> str:
    return f"LEDGER#{alias}#{sequence:08d}"


def _count(version: ModelVersion) -> Write:
    """The write that takes this number: the model's first record, or a count that nobody raised meanwhile."""
    pk = f"MODELS#{version.tenant}"
    if version.number == 1:
        return put(Model(version.tenant, version.model, versions=1, champion=None), pk, version.model)
    condition, given = "#versions = :before", {"before": version.number - 1}
    return update(pk, version.model, {"versions": version.number}, condition, given)


def _point(move: AliasMove) -> Write:
    """The write that points the alias, where it stands as the move says."""
    alias = Alias(move.tenant, move.model, move.alias, move.after, move.sequence)
    pk, sk = _partition(move.tenant, move.model), f"ALIAS#{move.alias}"
    if move.before is None:
        return put(alias, pk, sk)
    given = {"before": move.before, "moved": move.sequence - 1}
    stands = "#version = :before AND #moves = :moved"
    return update(pk, sk, {"version": move.after, "moves": move.sequence}, stands, given)
