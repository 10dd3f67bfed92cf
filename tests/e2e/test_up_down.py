"""`up` from nothing, `down`, `up` again over what was kept, and `down --wipe`, on a cloud of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from millrace.local import emulator
from tests.e2e.command import Command


@pytest.fixture
def millrace(tmp_path: Path) -> Iterator[Command]:
    state = tmp_path / "state"
    yield Command(state)
    emulator.wipe(state)


def test_what_is_kept_and_what_is_forgotten(millrace: Command) -> None:
    api = millrace.json("up")["api"]
    millrace.run("tenants", "create", "acme")
    standing = millrace.json("status")
    assert standing["api"] == api
    assert standing["worker"] is not None
    assert millrace.json("down") == {"cloud_stopped": True, "wiped": False, "worker_stopped": True}
    assert millrace.json("status")["cloud"] is None
    assert millrace.json("up")["api"] == api
    assert [tenant["name"] for tenant in millrace.json("tenants", "list")] == ["acme"]
    assert millrace.json("down", "--wipe")["wiped"] is True
    assert not millrace.state.exists()
