"""A cloud and a deployed stage for each process that tests, and no way from a test to the developer's AWS account."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from millrace.adapters.session import Clients
from millrace.edge.training import TRIALS
from millrace.local import deploy, emulator
from tests.stage import Stage, root_clients

ROOT = Path(__file__).parents[1]
NOWHERE = {
    "AWS_ENDPOINT_URL": "https://127.0.0.1:9",  # a client that was not pointed at the cloud finds nobody
    "AWS_ACCESS_KEY_ID": emulator.ROOT_KEY,
    "AWS_SECRET_ACCESS_KEY": emulator.ROOT_KEY,
    "AWS_REGION": emulator.REGION,
    "AWS_DEFAULT_REGION": emulator.REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
# Before a test module loads a learner: threads that spin while they wait would slow each other down.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
SEARCH = {TRIALS: "3"}  # of every job whose spec says nothing: the usual minute is for users


@pytest.fixture(scope="session", autouse=True)
def _no_account() -> Iterator[None]:
    """Hide the developer's AWS settings, and Millrace's, from every test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AWS_", "MILLRACE_", "CDK_")):
                patch.delenv(name)
        for name, value in (NOWHERE | SEARCH).items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[emulator.Cloud]:
    """The embedded cloud with TLS and IAM, on a free port, with its state in a temporary folder."""
    state = tmp_path_factory.mktemp("cloud")
    try:
        yield emulator.start(state, ours=True)
    finally:
        emulator.stop(state)


@pytest.fixture(scope="session")
def clients(cloud: emulator.Cloud) -> Clients:
    """The root caller's clients of the cloud."""
    return root_clients(cloud)


@pytest.fixture
def cloud_env(cloud: emulator.Cloud, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Point this process at the cloud for one test, for code that makes its own clients; returns what was set."""
    for name, value in cloud.env.items():
        monkeypatch.setenv(name, value)
    return cloud.env


@pytest.fixture(scope="session")
def stage(cloud: emulator.Cloud) -> Iterator[Stage]:
    """The local stage, deployed from the real app."""
    deployed = deploy.deploy(cloud, ROOT, lambda _: None)
    stage = Stage(cloud, deployed)
    yield stage
    stage.close()
