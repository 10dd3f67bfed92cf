"""The end of a key, for ever."""

from __future__ import annotations

import re

from millrace.domain.errors import NotFound
from millrace.ports import Clock, Keys

_ID = re.compile(r"[0-9a-f]{16}")


def revoke_key(tenant: str, key_id: str, keys: Keys, clock: Clock) -> None:
    """Revoke a key of this tenant; again changes nothing. Raises NotFound."""
    if not _ID.fullmatch(key_id):
        raise NotFound("there is no such key", field="key_id", hint="a key's id is the 16 digits after its first dot")
    keys.revoke(tenant, key_id, clock.now())
