"""A tenant's keys, without anything that could open one."""

from __future__ import annotations

from collections.abc import Sequence

from millrace.domain.access import ApiKey
from millrace.ports import Keys


def list_keys(tenant: str, keys: Keys) -> Sequence[ApiKey]:
    """Every key of the tenant, expired and revoked ones too, by creation."""
    return keys.of_tenant(tenant)
