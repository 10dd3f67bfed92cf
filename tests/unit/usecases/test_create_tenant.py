"""Tenants have good names, once."""

from __future__ import annotations

import pytest

from millrace.domain.access import Tenant
from millrace.domain.errors import Conflict, InvalidInput
from millrace.usecases.create_tenant import create_tenant
from tests.fakes.clock import FakeClock
from tests.fakes.tenants import FakeTenants


def test_a_tenant_is_stored() -> None:
    tenants, clock = FakeTenants(), FakeClock()
    assert create_tenant("acme", tenants, clock) == Tenant("acme", clock.now())
    assert tenants.find("acme") == Tenant("acme", clock.now())


def test_a_name_is_taken_once() -> None:
    tenants, clock = FakeTenants(), FakeClock()
    create_tenant("acme", tenants, clock)
    with pytest.raises(Conflict):
        create_tenant("acme", tenants, clock)


def test_a_bad_name_is_not_stored() -> None:
    tenants = FakeTenants()
    with pytest.raises(InvalidInput):
        create_tenant("A#B", tenants, FakeClock())
    assert tenants.all() == []
