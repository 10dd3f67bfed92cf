"""The whole thread's surroundings: a worker in a process of its own, and a tenant with a key to the API."""

from __future__ import annotations

import os
import secrets
import uuid
from collections.abc import Callable, Iterator

import pytest

from millrace.adapters.clock import SystemClock
from millrace.adapters.keys import DynamoKeys
from millrace.adapters.session import Clients
from millrace.adapters.tenants import DynamoTenants
from millrace.domain.access import Scope
from millrace.local import worker as local_worker
from millrace.local.process import Process
from millrace.usecases.create_tenant import create_tenant
from millrace.usecases.issue_key import KeyRequest, issue_key
from tests.conftest import ROOT
from tests.e2e.privileges import Roles
from tests.e2e.thread import DEPLOYED, ENTRY_POINT, Thread
from tests.stage import Stage


@pytest.fixture(scope="session")
def worker(stage: Stage) -> Iterator[Process]:
    """A background worker, as `millrace up` starts it."""
    cloud = stage.cloud
    yield local_worker.start(cloud.state, cloud.over(os.environ), "local", ROOT / ENTRY_POINT, DEPLOYED)
    local_worker.stop(cloud.state)


@pytest.fixture(scope="session")
def make_thread(stage: Stage, worker: Process, clients: Clients) -> Iterator[Callable[[], Thread]]:
    """Makes a new tenant with a key of every scope."""
    made: list[Thread] = []

    def make() -> Thread:
        name = f"t-{uuid.uuid4().hex[:12]}"
        table, clock = stage.outputs["RegistryTable"], SystemClock()
        create_tenant(name, DynamoTenants(clients.dynamodb(), table), clock)
        request = KeyRequest(name, frozenset(Scope))
        issued = issue_key(request, DynamoKeys(clients.dynamodb(), table), clock, secrets.token_bytes)
        made.append(Thread(stage, clients, name, issued.text))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(scope="module")
def roles(stage: Stage) -> Iterator[Roles]:
    """The functions' roles, each behind a probe."""
    made = Roles(stage)
    yield made
    made.close()
