"""Unmodified clients against the deployed API, with TLS and IAM, on models put in place by the adapters."""

from __future__ import annotations

import gzip
import itertools
import json
import secrets
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from millrace.adapters.blobs import S3Blobs
from millrace.adapters.clock import SystemClock
from millrace.adapters.keys import DynamoKeys
from millrace.adapters.models import DynamoModels
from millrace.domain import inference_id
from millrace.domain.access import Scope
from millrace.domain.job import blob_key
from millrace.usecases.issue_key import IssuedKey, KeyRequest, issue_key
from tests import tiny
from tests.shelf import Shelf
from tests.stage import Stage

FOLLOW_SECONDS = 5.0  # what is promised of an alias move and of a revocation
ROWS = {"rows": [tiny.ROW] * 20}
CLIENTS = 6
NUMBERS = itertools.count(1)


@dataclass
class Tenant:
    """A tenant of the deployed stage, with models and keys of its own."""

    stage: Stage
    name: str
    shelf: Shelf

    def key(self, *scopes: Scope) -> IssuedKey:
        request = KeyRequest(self.name, frozenset(scopes), days=1)
        return issue_key(request, self.keys, SystemClock(), secrets.token_bytes)

    @property
    def keys(self) -> DynamoKeys:
        return DynamoKeys(self.stage.client("dynamodb"), self.stage.outputs["RegistryTable"])

    def client(self, key: IssuedKey | None = None) -> httpx.Client:
        """A client with a key of the scope `infer`, unless another is given."""
        text = (key or self.key(Scope.INFER)).text
        return httpx.Client(
            base_url=self.stage.api_url,
            headers={"Authorization": f"Bearer {text}"},
            verify=ssl.create_default_context(cafile=str(self.stage.cloud.ca_bundle)),
            timeout=60,
        )


def tenant_of(stage: Stage) -> Tenant:
    name = f"tenant-{next(NUMBERS)}"
    models = DynamoModels(stage.client("dynamodb"), stage.outputs["RegistryTable"])
    blobs = S3Blobs(stage.client("s3"), stage.outputs["ArtifactBucket"])
    return Tenant(stage, name, Shelf(models, blobs, tenant=name))


@pytest.fixture
def tenant(stage: Stage) -> Tenant:
    """A tenant with one model, whose version 1 serves; version n adds 100 n to the score."""
    made = tenant_of(stage)
    made.shelf.register(tiny.REGRESSES, bias=100.0)
    made.shelf.point(1)
    return made


@pytest.fixture
def client(tenant: Tenant) -> Iterator[httpx.Client]:
    with tenant.client() as made:
        yield made


def version_of(said: Any) -> int:
    """The version that an answer names, which must have given each of its values."""
    version = int(said["model_version"])
    assert {round((each["value"] - 12.3) / 100) for each in said["predictions"]} == {version}
    return version


def test_records_are_answered(client: httpx.Client) -> None:
    answer = client.post("/models/credit/predict", json=ROWS)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert version_of(answer.json()) == 1
    body = gzip.compress(json.dumps(ROWS).encode())
    packed = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert version_of(client.post("/models/credit/versions/1/predict", content=body, headers=packed).json()) == 1


def test_tritonclient_infers_over_json(stage: Stage) -> None:
    tenant = tenant_of(stage)
    tenant.shelf.register(tiny.CLASSIFIES)
    tenant.shelf.point(1)
    headers = {"Authorization": f"Bearer {tenant.key(Scope.INFER).text}"}
    url = stage.api_url.removeprefix("https://")
    with triton.InferenceServerClient(url, ssl=True, ssl_options={"ca_certs": str(stage.cloud.ca_bundle)}) as client:
        assert client.is_server_live(headers)
        assert client.is_server_ready(headers)
        assert client.is_model_ready("credit", headers=headers)
        assert client.get_server_metadata(headers)["name"] == "millrace"
        described = client.get_model_metadata("credit", "1", headers=headers)
        inputs = triton_inputs(described)
        wanted = [triton.InferRequestedOutput("probabilities", binary_data=False)]
        result = client.infer("credit", inputs, outputs=wanted, request_id="7", headers=headers)
        assert result.get_response()["id"] == "7"
        assert inference_id.is_id(result.get_response()["parameters"]["inference_id"])
        good = 1 / (1 + np.exp(-tiny.score(30, 1, 86400, "Köln")))
        np.testing.assert_allclose(result.as_numpy("probabilities"), [[1 - good, good]] * 2, rtol=1e-4)
        assert result.as_numpy("label") is None
        every = client.infer("credit", inputs, model_version="champion", headers=headers)
        assert every.as_numpy("label").tolist() == [["good"], ["good"]]
        for packing in ("gzip", "deflate"):  # without a Content-Type
            sent = dict(headers)  # tritonclient writes into it
            packed = client.infer("credit", inputs, headers=sent, request_compression_algorithm=packing)
            assert packed.as_numpy("label").tolist() == [["good"], ["good"]]
        binary = triton.InferInput("age", [2, 1], "FP64").set_data_from_numpy(np.full((2, 1), 30.0))
        with pytest.raises(InferenceServerException, match="JSON tensors") as caught:
            client.infer("credit", [binary], headers=headers)
        assert caught.value.status() == "400"


def test_tritonclient_reads_a_refused_key(stage: Stage) -> None:
    url = stage.api_url.removeprefix("https://")
    refused = {"Authorization": "Bearer mr_nobody"}
    with triton.InferenceServerClient(url, ssl=True, ssl_options={"ca_certs": str(stage.cloud.ca_bundle)}) as client:
        with pytest.raises(InferenceServerException) as caught:
            client.get_model_metadata("credit", headers=refused)
        assert "send a key" in str(caught.value)


def triton_inputs(metadata: Any) -> list[triton.InferInput]:
    """Two rows for the inputs that the server says it has."""
    values = {"age": 30.0, "member": 1.0, "since": 86400.0, "city": "Köln"}
    inputs = []
    for node in metadata["inputs"]:
        dtype = np.object_ if node["datatype"] == "BYTES" else np.float64
        column = np.full((2, 1), values[node["name"]], dtype=dtype)
        made = triton.InferInput(node["name"], list(column.shape), node["datatype"])
        inputs.append(made.set_data_from_numpy(column, binary_data=False))
    return inputs


@dataclass
class Load:
    """Clients that ask until told to stop. `answers` are (when it began, version), by one clock."""

    tenant: Tenant
    answers: list[tuple[float, int]] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def ask(self, key: IssuedKey) -> None:
        with self.tenant.client(key) as client:
            while not self.done.is_set():
                started = time.monotonic()
                answer = client.post("/models/credit/predict", json=ROWS)
                assert answer.status_code == 200, answer.text
                self.answers.append((started, version_of(answer.json())))

    def move(self, number: int) -> set[int]:
        """Move the champion; the versions of the answers that began after the promise's time, some from each client."""
        self.tenant.shelf.point(number)
        moved = time.monotonic()
        late: list[int] = []
        while len(late) < 5 * CLIENTS:  # pytest's timeout bounds it
            time.sleep(0.2)
            late = [version for started, version in list(self.answers) if started >= moved + FOLLOW_SECONDS]
        return set(late)


def test_an_alias_move_is_followed_under_load_and_no_answer_mixes_versions(tenant: Tenant) -> None:
    tenant.shelf.register(tiny.REGRESSES, bias=200.0)
    load, key = Load(tenant), tenant.key(Scope.INFER)
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(load.ask, key) for _ in range(CLIENTS)]
        try:
            assert load.move(2) == {2}
            assert load.move(1) == {1}
        finally:
            load.done.set()
        for each in clients:
            each.result()
    assert {version for _, version in load.answers} == {1, 2}


def test_another_tenants_model_is_as_absent_as_one_that_never_was(tenant: Tenant, stage: Stage) -> None:
    with tenant_of(stage).client() as rival:
        for path, body in (
            ("/models/{}/predict", ROWS),
            ("/models/{}/versions/1/predict", ROWS),
            ("/v2/models/{}/infer", infer()),
        ):
            ours, nobodys = (rival.post(path.format(model), json=body) for model in ("credit", "tiderc"))
            assert ours.status_code == nobodys.status_code == 404
            assert ours.content == nobodys.content.replace(b"tiderc", b"credit")
        for path in ("/v2/models/{}", "/v2/models/{}/ready", "/v2/models/{}/versions/1"):
            ours, nobodys = (rival.get(path.format(model)) for model in ("credit", "tiderc"))
            assert ours.status_code == nobodys.status_code == 404
            assert ours.content == nobodys.content.replace(b"tiderc", b"credit")


def infer() -> dict[str, Any]:
    """The same row as tensors."""
    typed = {"age": "FP64", "member": "BOOL", "since": "BYTES", "city": "BYTES"}
    tensors = [
        {"name": name, "datatype": typed[name], "shape": [1, 1], "data": [value]} for name, value in tiny.ROW.items()
    ]
    return {"inputs": tensors}


def test_a_revoked_key_is_refused_within_the_promise(tenant: Tenant) -> None:
    key = tenant.key(Scope.INFER)
    with tenant.client(key) as client:
        assert client.get("/v2").status_code == 200
        tenant.keys.revoke(tenant.name, key.key.id, SystemClock().now())
        revoked = time.monotonic()
        late: list[int] = []
        while len(late) < 3:
            started = time.monotonic()
            status = client.get("/v2").status_code
            if started > revoked + FOLLOW_SECONDS:
                late.append(status)
        assert set(late) == {401}


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}])
def test_without_a_key_there_is_no_answer(stage: Stage, header: dict[str, str]) -> None:
    verify = ssl.create_default_context(cafile=str(stage.cloud.ca_bundle))
    answer = httpx.post(f"{stage.api_url}/models/credit/predict", json=ROWS, headers=header, verify=verify, timeout=60)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    error = answer.json()
    assert isinstance(error["error"], str)
    assert (error["type"], error["code"], error["param"]) == ("authentication_error", "unauthenticated", None)


def test_a_key_without_the_scope_is_refused(tenant: Tenant) -> None:
    with tenant.client(tenant.key(Scope.TRAIN, Scope.ADMIN)) as client:
        answer = client.post("/models/credit/predict", json=ROWS)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


def test_a_broken_champion_does_not_stop_the_one_before(tenant: Tenant, client: httpx.Client, stage: Stage) -> None:
    assert version_of(client.post("/models/credit/predict", json=ROWS).json()) == 1
    broken = tenant.shelf.register(tiny.REGRESSES, bias=200.0)
    key = blob_key(tenant.name, broken.model_digest)
    stage.client("s3").put_object(Bucket=stage.outputs["ArtifactBucket"], Key=key, Body=b"spoilt")
    pinned = client.post("/models/credit/versions/2/predict", json=ROWS)
    assert (pinned.status_code, pinned.json()["error"]["code"]) == (500, "digest_mismatch")
    tenant.shelf.point(2)
    time.sleep(FOLLOW_SECONDS)
    assert version_of(client.post("/models/credit/predict", json=ROWS).json()) == 1


def test_bounds_hold_behind_the_api(client: httpx.Client) -> None:
    many = client.post("/models/credit/predict", json={"rows": [tiny.ROW] * 10_001})
    assert (many.status_code, many.json()["error"]["code"]) == (413, "too_many_rows")
    wide = client.post("/models/credit/predict", json={"rows": [{"city": "x" * 5_000_000}]})
    assert (wide.status_code, wide.json()["error"]["code"]) == (413, "too_large")
    bomb = gzip.compress(b" " * 30_000_000)
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert client.post("/models/credit/predict", content=bomb, headers=headers).status_code == 413
