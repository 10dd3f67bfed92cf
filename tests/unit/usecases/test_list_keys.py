"""A tenant's keys are listed for good, and never with what opens them."""

from __future__ import annotations

from millrace.domain.access import PresentedKey
from millrace.usecases.list_keys import list_keys
from millrace.usecases.revoke_key import revoke_key
from tests.keyring import Keyring


def test_ended_keys_stay_listed_by_creation() -> None:
    ring = Keyring()
    issued = [ring.issue()]
    ring.clock.advance(1)
    issued.append(ring.issue())
    revoke_key("acme", issued[0].key.id, ring.keys, ring.clock)
    listed = list_keys("acme", ring.keys)
    assert [key.id for key in listed] == [each.key.id for each in issued]
    assert [key.revoked is None for key in listed] == [False, True]
    assert all(PresentedKey.parse(each.text).secret not in repr(listed) for each in issued)
