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
            held = self._held.setdefault(key, version)
            if held is not version and held.arrived < version.arrived:
                self._held[key] = replace(held, arrived=version.arrived, data=version.data)
            return held is version

    def newest(self, tenant: str, dataset: str) -> DatasetVersion | None:
        mine = [version for version in self.of_tenant(tenant) if version.dataset == dataset]
        return max(mine, key=lambda version: (version.arrived, version.created), default=None)

    def forget(self, tenant: str, dataset: str | None = None) -> int:
        """Take a dataset's versions away, or all of a tenant; how many there were."""
        with self._lock:
            doomed = [key for key in self._held if key[0] == tenant and dataset in {None, key[1]}]
            for key in doomed:
                del self._held[key]
            return len(doomed)

    def of_tenant(self, tenant: str) -> Sequence[DatasetVersion]:
        with self._lock:
            mine = [version for version in self._held.values() if version.tenant == tenant]
        return sorted(mine, key=lambda version: (version.created, version.dataset, version.digest))
