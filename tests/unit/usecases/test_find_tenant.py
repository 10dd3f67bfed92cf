"""A tenant, or a word about how to make one."""

from __future__ import annotations

import pytest

from millrace.domain.access import Tenant
from millrace.domain.errors import NotFound
from millrace.usecases.find_tenant import find_tenant
from tests import samples
from tests.fakes.tenants import FakeTenants


def test_a_known_tenant() -> None:
    acme = Tenant("acme", samples.NOW)
    assert find_tenant("acme", FakeTenants(acme)) == acme


def test_an_unknown_one() -> None:
    with pytest.raises(NotFound) as caught:
        find_tenant("acme", FakeTenants())
    assert caught.value.field == "tenant"
    assert caught.value.hint == "create it: millrace tenants create acme"
