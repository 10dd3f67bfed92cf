from __future__ import annotations

import pytest

from millrace.adapters.session import Clients
from millrace.adapters.tenants import DynamoTenants
from millrace.domain.access import Tenant
from millrace.domain.errors import Conflict, Unavailable
from millrace.ports import Tenants
from tests.contracts.racing import race
from tests.contracts.samples import moment
from tests.fakes.tenants import FakeTenants


@pytest.fixture(params=["fake", "aws"])
def tenants(request: pytest.FixtureRequest) -> Tenants:
    if request.param == "fake":
        return FakeTenants()
    return DynamoTenants(request.getfixturevalue("clients").dynamodb(), request.getfixturevalue("table"))


def test_a_tenant_is_found_as_it_was_created(tenants: Tenants, tenant: str) -> None:
    tenants.create(Tenant(tenant, moment(1)))
    assert tenants.find(tenant) == Tenant(tenant, moment(1))


def test_an_unknown_tenant_is_none(tenants: Tenants, tenant: str) -> None:
    assert tenants.find(tenant) is None


def test_a_name_is_taken_once(tenants: Tenants, tenant: str) -> None:
    tenants.create(Tenant(tenant, moment(1)))
    with pytest.raises(Conflict) as caught:
        tenants.create(Tenant(tenant, moment(2)))
    assert caught.value.field == "tenant"
    assert tenants.find(tenant) == Tenant(tenant, moment(1))


def test_of_twelve_that_race_for_a_name_one_wins(tenants: Tenants, tenant: str) -> None:
    def create(number: int) -> bool:
        try:
            tenants.create(Tenant(tenant, moment(number)))
        except Conflict:
            return False
        return True

    won = race(12, create)
    assert won.count(True) == 1
    assert tenants.find(tenant) == Tenant(tenant, moment(won.index(True)))


def test_all_tenants_come_by_name(tenants: Tenants, tenant: str) -> None:
    names = [f"{tenant}-{suffix}" for suffix in ("b", "a", "10", "9")]
    for name in names:
        tenants.create(Tenant(name, moment(1)))
    found = [each.name for each in tenants.all()]
    assert found == sorted(found)
    assert set(names) <= set(found)


def test_a_table_that_is_away_is_no_unknown_tenant(clients: Clients, tenant: str) -> None:
    with pytest.raises(Unavailable):
        DynamoTenants(clients.dynamodb(), "no-such-table").find(tenant)
