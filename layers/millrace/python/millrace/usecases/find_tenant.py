"""A tenant that must exist before anything is done in its name."""

from __future__ import annotations

from millrace.domain.access import Tenant
from millrace.domain.errors import NotFound
from millrace.ports import Tenants


def find_tenant(name: str, tenants: Tenants) -> Tenant:
    """The tenant. Raises NotFound."""
    tenant = tenants.find(name)
    if tenant is None:
        raise NotFound(
            f"there is no tenant {name!r}", field="tenant", hint=f"create it: millrace tenants create {name}"
        )
    return tenant
