"""A cloud that is restarted between two steps loses its executions: `reconcile` finds that out, and every run ends."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from millrace.adapters.clock import SystemClock
from millrace.adapters.tenants import DynamoTenants
from millrace.domain.run import RunState, execution_name
from millrace.local import deploy, emulator
from millrace.local import worker as local_worker
from millrace.usecases.create_tenant import create_tenant
from tests.conftest import ROOT
from tests.e2e.thread import DEPLOYED, ENTRY_POINT, RUN_SECONDS, Thread
from tests.stage import Stage, root_clients

CREDIT = b"".join((ROOT / "examples/credit-g/credit-g.csv").read_bytes().splitlines(keepends=True)[:301])
TENANT = "acme"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder whose emulator and worker are stopped in the end."""
    own = tmp_path / "own"
    yield own
    if own.is_dir():
        local_worker.stop(own)
    emulator.stop(own)


def function(stage: Stage, name: str) -> str:
    pages = stage.client("lambda").get_paginator("list_functions").paginate()
    listed = [each for page in pages for each in page["Functions"]]
    (found,) = [each["FunctionName"] for each in listed if each.get("Description", "").endswith(f": {name}")]
    return str(found)


def test_a_run_survives_the_restart_of_its_cloud(state: Path) -> None:
    cloud = emulator.start(state, ours=True)
    stage = Stage(cloud, deploy.deploy(cloud, ROOT, lambda _: None))
    create_tenant(TENANT, DynamoTenants(root_clients(cloud).dynamodb(), stage.outputs["RegistryTable"]), SystemClock())
    thread = Thread(stage, root_clients(cloud), TENANT, "")
    sent = [thread.send(name, CREDIT) for name in ("one", "two", "three")]  # and nobody works on them yet
    deadline = time.monotonic() + RUN_SECONDS
    while len((queue := thread.runs.queue(TENANT)).running) < 2 or len(queue.waiting) < 1:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    stage.close()
    emulator.stop(state)

    cloud = emulator.start(state, ours=True)
    stage = Stage(cloud, stage.stacks)
    thread = Thread(stage, root_clients(cloud), TENANT, "")
    for place in queue.running:
        assert thread.runs.find(TENANT, place.run_id) is not None
        described = stage.client("stepfunctions").describe_execution(
            executionArn=stage.outputs["StateMachineArn"].replace(":stateMachine:", ":execution:")
            + f":{execution_name(place.run_id, 1)}"
        )
        assert (described["status"], described["error"]) == ("FAILED", "States.ServiceRestart")
    reconcile = function(stage, "reconcile")
    answer = stage.client("lambda").invoke(FunctionName=reconcile, Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    local_worker.start(state, cloud.over(os.environ), "local", ROOT / ENTRY_POINT, DEPLOYED)
    ends = [thread.run_of(each) for each in sent]
    assert {run.outcome.state for run in ends} == {RunState.SUCCEEDED}
    assert sorted(run.attempts for run in ends) == [1, 2, 2]
    for name in ("one", "two", "three"):
        assert [version.number for version in thread.models.versions(TENANT, name)] == [1]
    assert thread.runs.queues() == []
    stage.close()
