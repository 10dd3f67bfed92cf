"""From a key's text to who calls."""

from __future__ import annotations

from millrace.domain.access import Caller, PresentedKey
from millrace.domain.errors import Unauthenticated
from millrace.ports import Clock, Keys


def authorize(text: str, keys: Keys, clock: Clock) -> Caller:
    """Who presents this key. Raises Unauthenticated, alike for an unknown, a wrong, an expired and a revoked one."""
    presented = PresentedKey.parse(text)
    key = keys.find(presented.tenant, presented.id)
    if key is None or not key.admits(presented.secret, clock.now()):
        raise Unauthenticated("the key is not valid", hint="issue another: millrace keys create")
    return Caller(key.tenant, key.id, key.scopes)
