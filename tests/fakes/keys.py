"""API keys in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from millrace.domain.access import ApiKey
from millrace.domain.errors import Conflict, NotFound


class FakeKeys:
    def __init__(self, *keys: ApiKey) -> None:
        self._lock = Lock()
        self._held: dict[tuple[str, str], ApiKey] = {(key.tenant, key.id): key for key in keys}

    def add(self, key: ApiKey) -> None:
        with self._lock:
            if (key.tenant, key.id) in self._held:
                raise Conflict(f"there is a key {key.id} already", field="id")
            self._held[key.tenant, key.id] = key

    def find(self, tenant: str, key_id: str) -> ApiKey | None:
        with self._lock:
            return self._held.get((tenant, key_id))

    def of_tenant(self, tenant: str) -> Sequence[ApiKey]:
        with self._lock:
            mine = [key for key in self._held.values() if key.tenant == tenant]
        return sorted(mine, key=lambda key: (key.created, key.id))

    def forget(self, tenant: str) -> int:
        """Take all keys of a tenant away; how many there were."""
        with self._lock:
            doomed = [key for key in self._held if key[0] == tenant]
            for key in doomed:
                del self._held[key]
            return len(doomed)

    def revoke(self, tenant: str, key_id: str, at: str) -> None:
        with self._lock:
            key = self._held.get((tenant, key_id))
            if key is None:
                raise NotFound(f"there is no key {key_id}", field="id")
            if key.revoked is None:
                self._held[tenant, key_id] = replace(key, revoked=at)
