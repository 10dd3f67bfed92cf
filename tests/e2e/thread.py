"""One tenant's way through the deployed stage, as its owner and its callers go it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx

from millrace.adapters.blobs import S3Blobs
from millrace.adapters.delivery import S3Delivery
from millrace.adapters.document_store import S3Documents
from millrace.adapters.history import StepFunctionsHistory
from millrace.adapters.models import DynamoModels
from millrace.adapters.runs import DynamoRuns
from millrace.adapters.session import Clients
from millrace.cli.train import is_of
from millrace.domain.run import DataLocation, Run
from tests.stage import Stage

ENTRY_POINT = Path("functions/train/entry.py")
DEPLOYED = "by the tests"  # what the background worker is told that it works for
RUN_SECONDS = 240.0  # a run's bound: a hang, not a pace, is what fails a test


class Thread:
    """A tenant, its key, and the ports that look at what became of its uploads."""

    def __init__(self, stage: Stage, clients: Clients, tenant: str, key: str) -> None:
        self.stage, self.tenant, self.key = stage, tenant, key
        outputs = stage.outputs
        self.delivery = S3Delivery(clients.s3(), outputs["LandingBucket"])
        self.blobs = S3Blobs(clients.s3(), outputs["ArtifactBucket"])
        self.documents = S3Documents(clients.s3(), outputs["ArtifactBucket"])
        self.runs = DynamoRuns(clients.dynamodb(), outputs["RegistryTable"])
        self.models = DynamoModels(clients.dynamodb(), outputs["RegistryTable"])
        self.history = StepFunctionsHistory(clients.stepfunctions(), outputs["StateMachineArn"])

    @cached_property
    def http(self) -> httpx.Client:
        """HTTPS to the stage's API, trusting its authority only."""
        trusted = ssl.create_default_context(cafile=str(self.stage.cloud.ca_bundle))
        return httpx.Client(base_url=self.stage.api_url, verify=trusted, timeout=60, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        if "http" in self.__dict__:
            self.http.close()

    def send(self, dataset: str, content: bytes, file: str = "data.csv") -> DataLocation:
        """Upload one file."""
        return self.delivery.send(f"{self.tenant}/{dataset}/{file}", content)

    def run_of(self, sent: DataLocation) -> Run:
        """The run that this upload began, once it is over."""
        deadline = time.monotonic() + RUN_SECONDS
        while time.monotonic() < deadline:
            for run in self.runs.of_tenant(self.tenant):
                if is_of(run, sent) and run.outcome.state.is_final:
                    return run
            time.sleep(0.1)
        raise AssertionError(
            f"no run of {sent.key} is over after {RUN_SECONDS:.0f} s: {self.runs.of_tenant(self.tenant)}"
        )

    def train(self, dataset: str, content: bytes, file: str = "data.csv") -> Run:
        """Upload and wait for the end."""
        return self.run_of(self.send(dataset, content, file))

    def call(self, method: str, path: str, body: object = None, key: str | None = None) -> httpx.Response:
        """One call with this tenant's key, or another."""
        headers = {"Authorization": f"Bearer {key or self.key}"}
        return self.http.request(method, path, json=body, headers=headers)

    def predict(self, model: str, rows: list[Mapping[str, object]], version: str | None = None) -> dict[str, Any]:
        """Predictions over HTTPS."""
        path = f"/models/{model}" + (f"/versions/{version}" if version else "")
        answer = self.call("POST", f"{path}/predict", {"rows": rows})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def until(holds: Callable[[], bool], what: str = "it has not happened") -> None:
    """Wait for something that another process brings about."""
    deadline = time.monotonic() + RUN_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
