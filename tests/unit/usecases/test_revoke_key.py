"""The end of a key is for ever, and only for its own tenant to bring about."""

from __future__ import annotations

import pytest

from millrace.domain.errors import NotFound, Unauthenticated
from millrace.usecases.list_keys import list_keys
from millrace.usecases.revoke_key import revoke_key
from tests.keyring import Keyring


@pytest.fixture
def world() -> Keyring:
    return Keyring()


def test_a_revoked_key_is_over_and_stays_so(world: Keyring) -> None:
    issued, other = world.issue(), world.issue()
    revoke_key("acme", issued.key.id, world.keys, world.clock)
    with pytest.raises(Unauthenticated):
        world.authorize(issued.text)
    assert world.authorize(other.text).key_id == other.key.id
    first = world.keys.find("acme", issued.key.id)
    world.clock.advance(60)
    revoke_key("acme", issued.key.id, world.keys, world.clock)
    assert world.keys.find("acme", issued.key.id) == first


@pytest.mark.parametrize("key_id", ["0" * 16, "", "x", "0123456789abcdeF", "a#b"])
def test_a_key_that_is_not_there_cannot_be_revoked(world: Keyring, key_id: str) -> None:
    with pytest.raises(NotFound):
        revoke_key("acme", key_id, world.keys, world.clock)


def test_another_tenants_key_is_not_there(world: Keyring) -> None:
    issued = world.issue()
    with pytest.raises(NotFound):
        revoke_key("other", issued.key.id, world.keys, world.clock)
    assert list_keys("other", world.keys) == []
    assert [key.id for key in list_keys("acme", world.keys)] == [issued.key.id]
