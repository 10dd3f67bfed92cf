"""Tenants in memory."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from millrace.domain.access import Tenant
from millrace.domain.errors import Conflict


class FakeTenants:
    def __init__(self, *tenants: Tenant) -> None:
        self._lock = Lock()
        self._held: dict[str, Tenant] = {tenant.name: tenant for tenant in tenants}

    def create(self, tenant: Tenant) -> None:
        with self._lock:
            if tenant.name in self._held:
                raise Conflict(f"there is a tenant {tenant.name} already", field="tenant")
            self._held[tenant.name] = tenant

    def find(self, name: str) -> Tenant | None:
        with self._lock:
            return self._held.get(name)

    def forget(self, name: str) -> int:
        """Take a tenant away; how many there were."""
        with self._lock:
            return int(self._held.pop(name, None) is not None)

    def all(self) -> Sequence[Tenant]:
        with self._lock:
            return [self._held[name] for name in sorted(self._held)]
