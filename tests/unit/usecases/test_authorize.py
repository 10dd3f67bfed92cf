"""A key opens what it may until it ends, and every refusal looks the same."""

from __future__ import annotations

import pytest

from millrace.domain.access import PresentedKey
from millrace.domain.errors import Unauthenticated
from millrace.usecases.issue_key import KeyRequest
from millrace.usecases.revoke_key import revoke_key
from tests.keyring import INFER, Keyring

DAY = 24 * 3600


@pytest.fixture
def world() -> Keyring:
    return Keyring()


def test_a_key_ends_after_ninety_days_unless_said_otherwise(world: Keyring) -> None:
    text = world.issue().text
    short = world.issue(KeyRequest("acme", INFER, days=1)).text
    world.clock.advance(DAY)
    with pytest.raises(Unauthenticated):
        world.authorize(short)
    world.clock.advance(89 * DAY - 1)
    assert world.authorize(text).tenant == "acme"
    world.clock.advance(1)
    with pytest.raises(Unauthenticated):
        world.authorize(text)


def test_every_refusal_looks_the_same(world: Keyring) -> None:
    issued = world.issue()
    revoked = world.issue()
    revoke_key("acme", revoked.key.id, world.keys, world.clock)
    wrong = PresentedKey("acme", issued.key.id, "x" * 43)
    unknown = PresentedKey("acme", "f" * 16, "x" * 43)
    stranger = PresentedKey("other", issued.key.id, PresentedKey.parse(issued.text).secret)
    told = set()
    for text in (str(wrong), str(unknown), str(stranger), revoked.text):
        with pytest.raises(Unauthenticated) as caught:
            world.authorize(text)
        told.add((caught.value.message, caught.value.code, caught.value.hint))
    assert len(told) == 1
