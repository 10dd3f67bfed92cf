from __future__ import annotations

from dataclasses import replace

import pytest

from millrace.adapters.keys import DynamoKeys
from millrace.domain.errors import Conflict, NotFound
from millrace.ports import Keys
from tests.contracts.racing import race
from tests.contracts.samples import key, moment
from tests.fakes.keys import FakeKeys


@pytest.fixture(params=["fake", "aws"])
def keys(request: pytest.FixtureRequest) -> Keys:
    if request.param == "fake":
        return FakeKeys()
    return DynamoKeys(request.getfixturevalue("clients").dynamodb(), request.getfixturevalue("table"))


def test_a_key_is_found_as_it_was_added(keys: Keys, tenant: str) -> None:
    keys.add(key(tenant))
    assert keys.find(tenant, key(tenant).id) == key(tenant)


def test_a_key_belongs_to_one_tenant(keys: Keys, tenant: str) -> None:
    keys.add(key(tenant))
    other = f"{tenant}-2"
    assert keys.find(other, key(tenant).id) is None
    assert keys.of_tenant(other) == []
    with pytest.raises(NotFound):
        keys.revoke(other, key(tenant).id, moment(9))


def test_a_key_without_scopes_or_label_is_kept_so(keys: Keys, tenant: str) -> None:
    bare = replace(key(tenant), scopes=frozenset(), label="")
    keys.add(bare)
    assert keys.find(tenant, bare.id) == bare


def test_an_id_is_taken_once(keys: Keys, tenant: str) -> None:
    keys.add(key(tenant))
    with pytest.raises(Conflict):
        keys.add(replace(key(tenant), label="another"))
    assert keys.find(tenant, key(tenant).id) == key(tenant)


def test_keys_come_by_creation(keys: Keys, tenant: str) -> None:
    made = [replace(key(tenant, number), created=moment(100 - number)) for number in range(5)]
    for each in made:
        keys.add(each)
    assert list(keys.of_tenant(tenant)) == made[::-1]


def test_revoking_keeps_the_first_time(keys: Keys, tenant: str) -> None:
    keys.add(key(tenant))
    keys.revoke(tenant, key(tenant).id, moment(5))
    keys.revoke(tenant, key(tenant).id, moment(6))
    assert keys.find(tenant, key(tenant).id) == replace(key(tenant), revoked=moment(5))


def test_revoking_at_once_keeps_one_time(keys: Keys, tenant: str) -> None:
    keys.add(key(tenant))
    race(12, lambda number: keys.revoke(tenant, key(tenant).id, moment(number)))
    first = keys.find(tenant, key(tenant).id)
    keys.revoke(tenant, key(tenant).id, moment(50))
    assert first is not None
    assert first.revoked in {moment(number) for number in range(12)}
    assert keys.find(tenant, key(tenant).id) == first


def test_an_unknown_key_can_not_be_revoked(keys: Keys, tenant: str) -> None:
    with pytest.raises(NotFound):
        keys.revoke(tenant, "0" * 16, moment(5))
    assert keys.find(tenant, "0" * 16) is None
