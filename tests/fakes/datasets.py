"""Dataset versions in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from millrace.domain.dataset import DatasetVersion


class FakeDatasets:
    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[tuple[str, str, str], DatasetVersion] = {}

    def add(self, version: DatasetVersion) -> bool:
        key = (version.tenant, version.dataset, version.digest)
        with self._lock:
            return self._held.setdefault(key, version) is version

    def describe(self, tenant: str, dataset: str, digest: str, profile_digest: str) -> bool:
        key = (tenant, dataset, digest)
        with self._lock:
            if key in self._held:
                self._held[key] = replace(self._held[key], profile_digest=profile_digest)
            return key in self._held

    def of_tenant(self, tenant: str) -> Sequence[DatasetVersion]:
        with self._lock:
            mine = [version for version in self._held.values() if version.tenant == tenant]
        return sorted(mine, key=lambda version: (version.created, version.dataset, version.digest))
