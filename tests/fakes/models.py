"""Models, versions, aliases and the ledger in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from millrace.domain.errors import NotFound
from millrace.domain.model import CHAMPION, Alias, AliasMove, Model, ModelVersion

_Name = tuple[str, str]


class FakeModels:
    def __init__(self) -> None:
        self._lock = Lock()
        self._versions: dict[_Name, dict[int, ModelVersion]] = {}
        self._made: dict[_Name, int] = {}  # how many versions there ever were
        self._aliases: dict[tuple[str, str, str], Alias] = {}
        self._ledger: list[AliasMove] = []

    def register(self, version: ModelVersion) -> ModelVersion:
        with self._lock:
            name = (version.tenant, version.model)
            held = self._versions.setdefault(name, {})
            for former in held.values():
                if (former.run_id, former.manifest_digest) == (version.run_id, version.manifest_digest):
                    return former
            self._made[name] = number = self._made.get(name, 0) + 1
            held[number] = replace(version, number=number)
            return held[number]

    def version(self, tenant: str, model: str, number: int) -> ModelVersion | None:
        with self._lock:
            return self._versions.get((tenant, model), {}).get(number)

    def versions(self, tenant: str, model: str) -> Sequence[ModelVersion]:
        with self._lock:
            return list(self._versions.get((tenant, model), {}).values())

    def of_tenant(self, tenant: str) -> Sequence[Model]:
        with self._lock:
            names = sorted(name for owner, name in self._versions if owner == tenant)
            return [self._model(tenant, name) for name in names]

    def alias(self, tenant: str, model: str, name: str) -> Alias | None:
        with self._lock:
            return self._aliases.get((tenant, model, name))

    def move(self, move: AliasMove) -> bool:
        if (move.before is None) != (move.sequence == 1):
            return False
        if self.version(move.tenant, move.model, move.after) is None:
            raise NotFound(f"{move.model} has no version {move.after}", field="version")
        with self._lock:
            key = (move.tenant, move.model, move.alias)
            now = self._aliases.get(key)
            stands = (None, 0) if now is None else (now.version, now.moves)
            if stands != (move.before, move.sequence - 1):
                return False
            self._aliases[key] = Alias(*key, version=move.after, moves=move.sequence)
            self._ledger.append(move)
            return True

    def move_of(self, tenant: str, model: str, alias: str, sequence: int) -> AliasMove | None:
        wanted = (alias, sequence)
        return next((each for each in self.ledger(tenant, model) if (each.alias, each.sequence) == wanted), None)

    def ledger(self, tenant: str, model: str) -> Sequence[AliasMove]:
        with self._lock:
            mine = [move for move in self._ledger if (move.tenant, move.model) == (tenant, model)]
        return sorted(mine, key=lambda move: (move.at, move.alias, move.sequence))

    def forget(self, tenant: str, model: str) -> int:
        """Take a model away with all it has; how many records that were."""
        with self._lock:
            versions = self._versions.pop((tenant, model), {})
            self._made.pop((tenant, model), None)
            aliases = [key for key in self._aliases if key[:2] == (tenant, model)]
            for key in aliases:
                del self._aliases[key]
            before = len(self._ledger)
            self._ledger = [move for move in self._ledger if (move.tenant, move.model) != (tenant, model)]
            return len(versions) + len(aliases) + before - len(self._ledger)

    def forget_version(self, tenant: str, model: str, number: int) -> bool:
        """Take a version away; False where there is none."""
        with self._lock:
            return self._versions.get((tenant, model), {}).pop(number, None) is not None

    def _model(self, tenant: str, name: str) -> Model:
        champion = self._aliases.get((tenant, name, CHAMPION))
        count = self._made[tenant, name]
        return Model(tenant, name, versions=count, champion=None if champion is None else champion.version)
