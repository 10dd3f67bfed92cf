"""A repeated token stands for its request, however the emulator spelled it since (see contracts/test_faults.py)."""

from __future__ import annotations

from typing import Any

import pytest
from ministack.services import dynamodb

from millrace.local import repeats


def test_what_is_stored_of_a_token_equals_every_request(monkeypatch: pytest.MonkeyPatch) -> None:
    stored: dict[str, Any] = {}
    monkeypatch.setattr(dynamodb, "_txn_token_store", stored.__setitem__)
    repeats.enforce()
    dynamodb._txn_token_store("token", {"signature": {"N": "1"}, "response": {"made": 1}})
    entry = stored["token"]
    assert entry["response"] == {"made": 1}
    assert entry["signature"] == {"N": "1.0"}
