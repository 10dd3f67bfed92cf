"""What may go wrong around a deployed stage: failing services, changing uploads, a redeploy, older records."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from millrace.adapters import documents, items
from millrace.adapters.clock import SystemClock
from millrace.adapters.datasets import DynamoDatasets
from millrace.adapters.tenants import DynamoTenants
from millrace.domain.dataset import DatasetVersion
from millrace.domain.job import Job, JobResult, Ticket
from millrace.domain.model import CHAMPION, Alias, AliasMove, Model, ModelVersion
from millrace.domain.report import Report
from millrace.domain.run import Attempt, Run, RunState
from millrace.domain.verdict import Verdict
from millrace.local import deploy
from millrace.local import worker as local_worker
from millrace.local.process import Process
from millrace.usecases.create_tenant import create_tenant
from tests.conftest import ROOT
from tests.detour import functions_through
from tests.e2e.thread import DEPLOYED, ENTRY_POINT, Thread, until
from tests.fault_proxy import Fault, proxy, share
from tests.older import older, required
from tests.stage import Stage

ROW: Mapping[str, object] = {"height": "171", "weight": "70", "city": "Lima"}
SECONDS = 120.0  # a hang, not a pace, is what fails a test


def table(rows: int, seed: int = 0) -> bytes:
    """A CSV whose target follows from its columns."""
    chance, text = random.Random(seed), io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["height", "weight", "city", "class"])
    for _ in range(rows):
        height, city = round(chance.gauss(170, 10), 1), chance.choice(["Lima", "Köln", "Ōsaka"])
        lines.writerow([height, round(chance.gauss(70, 9), 1), city, "tall" if height > 170 else "short"])
    return text.getvalue().encode()


def rows_of(thread: Thread, run: Run) -> int:
    """How many rows a run trained on and held out."""
    result = thread.documents.read(JobResult, Ticket(run.tenant, run.dataset, run.id, 1).result_key)
    report = documents.load(Report, thread.blobs.get(run.tenant, result.report_digest))
    return report.rows_train + report.rows_held_out


@pytest.fixture(scope="module")
def thread(make_thread: Callable[[], Thread]) -> Thread:
    return make_thread()


@pytest.fixture(scope="module")
def served(thread: Thread) -> Run:
    """A model that serves."""
    run = thread.train("served", table(240))
    assert (run.outcome.state, run.outcome.promoted) == (RunState.SUCCEEDED, True), run.outcome
    assert thread.predict("served", [ROW])["model_version"] == "1"
    return run


@contextmanager
def worker_through(thread: Thread, endpoint: str) -> Iterator[None]:
    """The background worker, started anew towards `endpoint`, and as it was afterwards."""
    cloud = thread.stage.cloud
    normal = cloud.over(os.environ)
    local_worker.start(cloud.state, normal | {"AWS_ENDPOINT_URL": endpoint}, "local", ROOT / ENTRY_POINT, DEPLOYED)
    try:
        yield
    finally:
        local_worker.start(cloud.state, normal, "local", ROOT / ENTRY_POINT, DEPLOYED)


@contextmanager
def without_worker(thread: Thread) -> Iterator[None]:
    """No worker takes a job inside the block."""
    cloud = thread.stage.cloud
    local_worker.stop(cloud.state)
    try:
        yield
    finally:
        local_worker.start(cloud.state, cloud.over(os.environ), "local", ROOT / ENTRY_POINT, DEPLOYED)


def invoke_ingest(thread: Thread, key: str, version_id: str | None, size: int) -> dict[str, Any]:
    """Hand `ingest` an event as AWS sends it, with the version's id; its answer."""
    found = thread.stage.client("cloudformation").describe_stack_resources(StackName="millrace-local-training")
    [name] = [
        each["PhysicalResourceId"]
        for each in found["StackResources"]
        if each["ResourceType"] == "AWS::Lambda::Function" and "ngest" in each["LogicalResourceId"]
    ]
    event = json.loads((ROOT / "events/ingest-object-created.json").read_text())
    named = {"VersionId": version_id} if version_id else {}
    bucket = thread.stage.outputs["LandingBucket"]
    etag = thread.stage.client("s3").head_object(Bucket=bucket, Key=key, **named)["ETag"].strip('"')
    event["detail"]["bucket"]["name"] = bucket
    event["detail"]["object"] |= {"key": key, "size": size, "version-id": version_id, "etag": etag}
    answer = thread.stage.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
    told: dict[str, Any] = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, told
    return told


def test_a_whole_run_succeeds_while_a_fifth_of_the_calls_fail(
    make_thread: Callable[[], Thread], worker: Process
) -> None:
    thread = make_thread()
    stage = thread.stage
    with (
        proxy(stage.cloud, share(0.2, seed=5)) as faulty,
        functions_through(stage, faulty.endpoint),
        worker_through(thread, faulty.endpoint),
    ):
        run = thread.train("weather", table(200))
        assert (run.outcome.state, run.outcome.version, run.outcome.promoted) == (RunState.SUCCEEDED, 1, True)
        assert thread.predict("weather", [ROW])["model_version"] == "1"
        assert {service for service, _ in faulty.failed} == {"dynamodb", "s3"}
        assert {fault for _, fault in faulty.failed} == set(Fault)
        assert sum(faulty.seen.values()) < 500
    assert [version.number for version in thread.models.versions(thread.tenant, "weather")] == [1]
    assert len(thread.models.ledger(thread.tenant, "weather")) == 1
    assert len(thread.runs.of_tenant(thread.tenant)) == 1


def test_the_same_bytes_are_one_dataset_version_and_one_run_per_dataset(
    thread: Thread, make_thread: Callable[[], Thread], worker: Process
) -> None:
    """Under the same key and under another; in another dataset they are another."""
    content = table(200, seed=2)
    run = thread.train("twice", content)
    thread.send("twice", content)
    thread.send("twice", content, "other name.csv")
    elsewhere = thread.train("thrice", content)
    datasets = DynamoDatasets(thread.stage.client("dynamodb"), thread.stage.outputs["RegistryTable"])
    last = thread.train("after", b"a,b,b\n1,2,3\n")
    assert last.outcome.state is RunState.REJECTED
    known = invoke_ingest(thread, run.data.key, None, len(content))  # its newest version, which was sent again
    assert known == {"what": "known", "run_id": run.id, "code": None}
    found = [version.dataset for version in datasets.of_tenant(thread.tenant) if version.digest == run.data.digest]
    assert sorted(found) == ["thrice", "twice"]
    runs = {each.id for each in thread.runs.of_tenant(thread.tenant) if each.data.digest == run.data.digest}
    assert runs == {run.id, elsewhere.id}
    assert [each.number for each in thread.models.versions(thread.tenant, "twice")] == [1]


def test_an_upload_replaced_before_it_is_read_trains_on_the_version_of_its_event(
    make_thread: Callable[[], Thread], worker: Process
) -> None:
    thread = make_thread()
    tenant = f"{thread.tenant}-late"  # nobody's yet: the events of these uploads are passed over
    delivery, key = thread.delivery, f"{tenant}/replaced/data.csv"
    first, second = table(200, seed=3), table(260, seed=4)
    sent = delivery.send(key, first)
    delivery.send(key, second)
    tenants = DynamoTenants(thread.stage.client("dynamodb"), thread.stage.outputs["RegistryTable"])
    create_tenant(tenant, tenants, SystemClock())
    told = invoke_ingest(thread, key, sent.version_id, sent.size)
    assert told["what"] == "started"

    def run() -> Run:
        found = thread.runs.find(tenant, told["run_id"])
        assert found is not None
        return found

    until(lambda: run().outcome.state.is_final, "the run is not over")
    assert run().outcome.state is RunState.SUCCEEDED
    assert (run().data.version_id, run().data.digest) == (sent.version_id, sent.digest)
    assert rows_of(thread, run()) == 200


def test_an_upload_replaced_while_its_job_waits_trains_on_what_was_admitted(thread: Thread, worker: Process) -> None:
    key, first, second = f"{thread.tenant}/waits/data.csv", table(200, seed=5), table(260, seed=6)
    with without_worker(thread):
        sent = thread.send("waits", first)
        [run] = admitted(thread, sent.digest)
        again = thread.delivery.send(key, second)
        admitted(thread, again.digest)
    runs = [thread.run_of(sent), thread.run_of(again)]
    assert [each.outcome.state for each in runs] == [RunState.SUCCEEDED, RunState.SUCCEEDED]
    assert runs[0].id == run.id
    assert [rows_of(thread, each) for each in runs] == [200, 260]


def test_an_upload_deleted_while_its_job_waits_ends_with_a_reason_and_the_champion_serves(
    thread: Thread, served: Run
) -> None:
    bucket = thread.stage.outputs["LandingBucket"]
    with without_worker(thread):
        sent = thread.send("served", table(250, seed=7))
        admitted(thread, sent.digest)
        thread.stage.client("s3").delete_object(Bucket=bucket, Key=sent.key, VersionId=sent.version_id)
    run = thread.run_of(sent)
    assert run.outcome.state in {RunState.FAILED, RunState.REJECTED}
    assert run.outcome.failure is not None
    assert run.outcome.failure.message
    assert run.outcome.version is None
    assert thread.predict("served", [ROW])["model_version"] == str(champion(thread, "served"))


def admitted(thread: Thread, digest: str) -> list[Run]:
    """The runs of this content, once each has its job written down."""

    def found() -> list[Run]:
        return [run for run in thread.runs.of_tenant(thread.tenant) if run.data.digest == digest]

    def written() -> bool:
        keys = [Ticket(run.tenant, run.dataset, run.id, 1).job_key for run in found()]
        return bool(keys) and all(_is_there(thread, key) for key in keys)

    until(written, "no job is written")
    return found()


def _is_there(thread: Thread, key: str) -> bool:
    bucket = thread.stage.outputs["ArtifactBucket"]
    return "Contents" in thread.stage.client("s3").list_objects_v2(Bucket=bucket, Prefix=key)


def champion(thread: Thread, model: str) -> int:
    alias = thread.models.alias(thread.tenant, model, CHAMPION)
    assert alias is not None
    return alias.version


def everything(thread: Thread) -> dict[str, object]:
    """What a tenant has."""
    tenant, models = thread.tenant, thread.models
    return {
        "runs": sorted(thread.runs.of_tenant(tenant), key=lambda run: run.id),
        "models": list(models.of_tenant(tenant)),
        "versions": [list(models.versions(tenant, each.name)) for each in models.of_tenant(tenant)],
        "ledger": list(models.ledger(tenant, "served")),
        "answer": {name: value for name, value in thread.predict("served", [ROW]).items() if name != "id"},
    }


def test_a_redeploy_keeps_everything_and_trains_on(thread: Thread, served: Run, tmp_path: Path) -> None:
    """With every function and the library changed, over a tenant, its runs and a model that serves."""
    before = everything(thread)
    outputs = dict(thread.stage.outputs)
    deploy.deploy(thread.stage.cloud, changed_sources(tmp_path), lambda _: None)
    assert Stage(thread.stage.cloud, thread.stage.stacks).outputs == outputs
    assert everything(thread) == before
    run = thread.train("served", table(270, seed=8))
    assert run.outcome.state is RunState.SUCCEEDED
    assert run.outcome.version == len(thread.models.versions(thread.tenant, "served"))


def changed_sources(folder: Path) -> Path:
    """This project, each of whose functions and whose library has one more line."""
    for name in ("app.py", "cdk.json", "package.json", "package-lock.json", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    for name in ("stacks", "functions", "layers"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("node_modules", "build", ".venv"):
        if (ROOT / name).exists():
            (folder / name).symlink_to(ROOT / name)
    for path in (*folder.glob("functions/*/handler.py"), folder / "layers/millrace/python/millrace/__init__.py"):
        path.write_text(path.read_text() + "\n# one more line\n")
    return folder


KINDS = {
    "RUNS#": (Run, Attempt),
    "DATASETS#": (DatasetVersion,),
    "MODELS#": (Model,),
    "MODEL#": (ModelVersion, Alias, AliasMove),
}


def rewrite_records(thread: Thread) -> int:
    """Store every record of the tenant as an older release would have; how many."""
    dynamo, name = thread.stage.client("dynamodb"), thread.stage.outputs["RegistryTable"]
    pages = dynamo.get_paginator("scan").paginate(TableName=name)
    rewritten = 0
    for item in (each for page in pages for each in page["Items"]):
        prefix, _, owner = item["pk"]["S"].partition("#")
        kinds = KINDS.get(f"{prefix}#", ()) if owner.split("#")[0] == thread.tenant else ()
        kind: type[Any] | None = next((each for each in kinds if required(each) <= set(item)), None)
        if kind is not None:
            stored = {field: items.attribute(value) for field, value in older(items.unpack(kind, item)).items()}
            kept = {field: item[field] for field in ("pk", "sk", "schema_version")}
            dynamo.put_item(TableName=name, Item=stored | kept)
            rewritten += 1
    return rewritten


def test_records_of_an_older_release_list_serve_and_train_on(thread: Thread, served: Run) -> None:
    before = everything(thread)
    assert rewrite_records(thread) >= 6  # of each kind one
    ticket = Ticket(served.tenant, served.dataset, served.id, 1)
    bucket = thread.stage.outputs["ArtifactBucket"]
    for kind, key in ((Job, ticket.job_key), (JobResult, ticket.result_key), (Verdict, ticket.verdict_key)):
        found: Any = thread.documents.read(kind, key)
        thread.stage.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(older(found)).encode())
        assert thread.documents.read(kind, key) == found
    assert everything(thread) == before
    assert [thread.call("GET", path).status_code for path in ("/runs", "/models", f"/runs/{served.id}")] == [200] * 3
    run = thread.train("served", table(280, seed=9))
    assert run.outcome.state is RunState.SUCCEEDED
    assert run.outcome.version == len(thread.models.versions(thread.tenant, "served"))
