"""`up` from nothing, interrupted and again, `down`, `up` over what was kept, `down --wipe`, on a cloud of its own."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from millrace.local import emulator, worker
from tests.e2e.command import SECONDS, Command


@pytest.fixture
def millrace(tmp_path: Path) -> Iterator[Command]:
    state = tmp_path / "state"
    try:
        yield Command(state)
    finally:
        worker.stop(state)
        emulator.wipe(state)


def interrupted_while_deploying(millrace: Command) -> str:
    """Press Ctrl-C once the CDK has begun to deploy a stack; return what is said on stderr."""
    log, deadline = millrace.state / "deploy.log", time.monotonic() + SECONDS
    with millrace.start("up") as first:
        while "-data: deploying..." not in (log.read_text() if log.exists() else ""):
            assert first.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.killpg(first.pid, signal.SIGINT)
        _, err = first.communicate(timeout=SECONDS)
    assert first.returncode == 130
    return err


def test_what_is_kept_and_what_is_forgotten(millrace: Command) -> None:
    assert "Traceback" not in interrupted_while_deploying(millrace)
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
