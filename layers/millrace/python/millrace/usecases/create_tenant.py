"""A new owner of data, models and keys."""

from __future__ import annotations

from millrace.domain.access import Tenant
from millrace.domain.naming import check_name
from millrace.ports import Clock, Tenants


def create_tenant(name: str, tenants: Tenants, clock: Clock) -> Tenant:
    """Create and return the tenant. Raises InvalidInput for a bad name, Conflict when it is taken."""
    tenant = Tenant(check_name(name, "tenant"), clock.now())
    tenants.create(tenant)
    return tenant
