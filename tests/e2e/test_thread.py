"""A file dropped in a bucket becomes a model that answers over HTTPS: the whole thread, everything real."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from millrace.adapters import documents
from millrace.adapters.keys import DynamoKeys
from millrace.domain.access import PresentedKey
from millrace.domain.job import JobResult, Ticket
from millrace.domain.manifest import Manifest
from millrace.domain.model import CHAMPION, ModelVersion
from millrace.domain.report import Report
from millrace.domain.run import Run, RunState, execution_name
from millrace.domain.spec import Metric
from millrace.domain.spelling import spell
from millrace.domain.verdict import Verdict
from millrace.edge.training import TRIALS
from millrace.local import worker as local_worker
from millrace.local.process import Process
from tests.conftest import ROOT, SEARCH
from tests.e2e.thread import DEPLOYED, ENTRY_POINT, Thread, until

CREDIT = (ROOT / "examples/credit-g/credit-g.csv").read_bytes()
TABLE = list(csv.DictReader(io.StringIO(CREDIT.decode())))
ROWS: list[Mapping[str, object]] = [
    {name: value for name, value in row.items() if name != "class"} for row in TABLE[:40]
]


@dataclass(frozen=True)
class Trained:
    """The run of the bundled data, and who owns it."""

    thread: Thread
    run: Run

    @property
    def ticket(self) -> Ticket:
        return Ticket(self.run.tenant, self.run.dataset, self.run.id, 1)

    @property
    def version(self) -> ModelVersion:
        found = self.thread.models.version(self.run.tenant, "credit-g", 1)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def thread(make_thread: Callable[[], Thread]) -> Thread:
    return make_thread()


@pytest.fixture(scope="module")
def trained(thread: Thread) -> Trained:
    return Trained(thread, thread.train("credit-g", CREDIT, "credit-g.csv"))


def as_csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def test_the_bundled_data_becomes_a_champion(trained: Trained) -> None:
    outcome = trained.run.outcome
    assert (outcome.state, outcome.version, outcome.promoted, outcome.failure) == (RunState.SUCCEEDED, 1, True, None)
    alias = trained.thread.models.alias(trained.run.tenant, "credit-g", CHAMPION)
    assert alias is not None
    assert alias.version == 1
    [line] = trained.thread.models.ledger(trained.run.tenant, "credit-g")
    assert (line.alias, line.before, line.after, line.who) == (CHAMPION, None, 1, "gate")
    assert line.why
    assert trained.version.accepted
    assert trained.version.run_id == trained.run.id


def test_its_report_beats_a_constant_and_its_verdict_says_so(trained: Trained) -> None:
    result = trained.thread.documents.read(JobResult, trained.ticket.result_key)
    report = documents.load(Report, trained.thread.blobs.get(trained.run.tenant, result.report_digest))
    assert report.metric is Metric.LOG_LOSS
    assert report.held_out[Metric.LOG_LOSS] < report.constant[Metric.LOG_LOSS]
    assert report.held_out[Metric.AUC] > 0.7
    assert report.rows_train + report.rows_held_out == len(TABLE)
    assert len(report.candidates) >= 2
    assert sum(candidate.weight for candidate in report.candidates) == pytest.approx(1.0)
    assert report.search is not None
    assert report.search.asked_trials == int(SEARCH[TRIALS])
    assert {decision.what for decision in report.decisions} >= {"target", "task", "metric"}
    assert trained.version.metrics == report.held_out
    verdict = trained.thread.documents.read(Verdict, trained.ticket.verdict_key)
    assert verdict.accepted
    assert verdict.champion is None


def test_its_execution_went_through_every_state(trained: Trained) -> None:
    name = execution_name(trained.run.id, 1)
    until(lambda: trained.thread.history.of(name)[-1].is_last)  # the run's record is closed before its execution is
    happened = trained.thread.history.of(name)
    entered = [each.state for each in happened if each.what == "entered"]
    assert entered[0] == "Admit"
    assert [name for name in entered if name in {"Gate", "Register", "Deploy"}] == ["Gate", "Register", "Deploy"]
    assert happened[-1].what == "succeeded"


def test_https_answers_what_onnx_runtime_answers_for_the_exported_file(trained: Trained) -> None:
    version, blobs = trained.version, trained.thread.blobs
    manifest = documents.load(Manifest, blobs.get(version.tenant, version.manifest_digest))
    session = onnxruntime.InferenceSession(blobs.get(version.tenant, version.model_digest))
    feeds = {
        column.name: np.array(
            [[spell(column, row[column.name])] for row in ROWS], dtype=object if column.kind.is_text else np.float64
        )
        for column in manifest.schema.features
    }
    labels, probabilities = session.run(["label", "probabilities"], feeds)
    answer = trained.thread.predict("credit-g", ROWS)
    assert answer["model_version"] == "1"
    assert [each["label"] for each in answer["predictions"]] == labels.ravel().tolist()
    given = [[each["probabilities"][name] for name in manifest.schema.classes] for each in answer["predictions"]]
    np.testing.assert_allclose(given, probabilities, rtol=0, atol=1e-6)


def test_the_same_event_twenty_times_makes_one_run(trained: Trained) -> None:
    stage, run = trained.thread.stage, trained.run
    resources = stage.client("cloudformation").describe_stack_resources(StackName="millrace-local-training")
    functions = [
        each["PhysicalResourceId"]
        for each in resources["StackResources"]
        if each["ResourceType"] == "AWS::Lambda::Function" and "ngest" in each["LogicalResourceId"]
    ]
    event = {
        "version": "0",
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {
            "bucket": {"name": run.data.bucket},
            "object": {"key": run.data.key, "size": run.data.size, "etag": "e", "version-id": run.data.version_id},
        },
    }
    for _ in range(20):
        answer = stage.client("lambda").invoke(FunctionName=functions[0], Payload=json.dumps(event).encode())
        assert "FunctionError" not in answer, answer["Payload"].read()
    assert_one_run(trained)


def test_the_same_bytes_again_make_no_second_run(trained: Trained) -> None:
    trained.thread.send("credit-g", CREDIT, "the same again.csv")
    follower = trained.thread.train("after", b"a,b,b\n1,2,3\n")  # an upload that comes later has its run
    assert follower.outcome.state is RunState.REJECTED
    assert_one_run(trained)


def assert_one_run(trained: Trained) -> None:
    runs = [
        run for run in trained.thread.runs.of_tenant(trained.run.tenant) if run.data.digest == trained.run.data.digest
    ]
    assert [run.id for run in runs] == [trained.run.id]
    assert [attempt.number for attempt in trained.thread.runs.attempts(trained.run.tenant, trained.run.id)] == [1]
    listed = trained.thread.stage.client("stepfunctions").get_paginator("list_executions")
    pages = listed.paginate(stateMachineArn=trained.thread.stage.outputs["StateMachineArn"])
    names = [each["name"] for page in pages for each in page["executions"]]
    assert [name for name in names if name.startswith(trained.run.id)] == [execution_name(trained.run.id, 1)]
    versions = trained.thread.models.versions(trained.run.tenant, "credit-g")
    assert [version.number for version in versions if version.run_id == trained.run.id] == [1]


@pytest.mark.parametrize(
    ("file", "content", "code"),
    [
        ("twice.csv", b"a,b,b\n1,2,3\n", "duplicate_column"),
        ("table.xlsx", b"PK\x03\x04", "unsupported_format"),
        ("one class.csv", b"a,label\n" + b"".join(b"%d,yes\n" % number for number in range(200)), "constant_target"),
    ],
)
def test_what_can_t_become_a_model_is_rejected_with_a_code_and_a_hint(
    thread: Thread, file: str, content: bytes, code: str
) -> None:
    """The first at its header, the second at its name, the third once the job has read its rows."""
    run = thread.train("bad", content, file)
    assert run.outcome.state is RunState.REJECTED
    assert run.outcome.failure is not None
    assert run.outcome.failure.code == code
    assert run.outcome.failure.message
    assert run.outcome.failure.hint
    assert thread.models.versions(thread.tenant, "bad") == []
    listed = thread.call("GET", f"/runs/{run.id}")
    assert listed.status_code == 200
    assert run.outcome.failure.code in listed.text


def test_parquet_is_read_too(thread: Thread) -> None:
    table = pyarrow.csv.read_csv(io.BytesIO(CREDIT)).slice(0, 400)
    flags = pa.array([number % 7 == 0 for number in range(table.num_rows)])
    written = io.BytesIO()
    pq.write_table(table.append_column("flag", flags), written)
    run = thread.train("parquet", written.getvalue(), "credit.parquet")
    assert (run.outcome.state, run.outcome.version) == (RunState.SUCCEEDED, 1)
    version = thread.models.version(thread.tenant, "parquet", 1)
    assert version is not None
    manifest = documents.load(Manifest, thread.blobs.get(thread.tenant, version.manifest_digest))
    assert manifest.schema.target == "class"
    assert {column.name: column.kind for column in manifest.schema.features}["flag"] == "boolean"


def test_a_worse_version_does_not_replace_the_champion(trained: Trained) -> None:
    """The same rows, labels shuffled: the second version is registered, refused, and the first keeps serving."""
    labels = [row["class"] for row in TABLE]
    random.Random(7).shuffle(labels)
    rows = [row | {"class": label} for row, label in zip(TABLE, labels, strict=True)]
    run = trained.thread.train("credit-g", as_csv(rows), "shuffled.csv")
    assert (run.outcome.state, run.outcome.version, run.outcome.promoted) == (RunState.SUCCEEDED, 2, False)
    verdict = trained.thread.documents.read(Verdict, Ticket(run.tenant, run.dataset, run.id, 1).verdict_key)
    assert not verdict.accepted
    assert verdict.champion == 1
    second = trained.thread.models.version(run.tenant, "credit-g", 2)
    assert second is not None
    assert not second.accepted
    assert len(trained.thread.models.ledger(run.tenant, "credit-g")) == 1
    assert trained.thread.predict("credit-g", ROWS[:1])["model_version"] == "1"
    assert trained.thread.predict("credit-g", ROWS[:1], version="2")["model_version"] == "2"


def test_another_tenant_s_model_is_as_one_that_is_not_there(
    trained: Trained, make_thread: Callable[[], Thread]
) -> None:
    stranger = make_thread()

    def answer(model: str) -> tuple[int, Any]:
        response = stranger.call("POST", f"/models/{model}/predict", {"rows": ROWS[:1]})
        return response.status_code, json.loads(response.text.replace(model, "MODEL"))

    assert answer("credit-g") == answer("nothing")
    assert answer("credit-g")[0] == 404


def test_a_revoked_key_is_refused_within_five_seconds(trained: Trained, make_thread: Callable[[], Thread]) -> None:
    caller = make_thread()
    assert caller.call("GET", "/models").status_code == 200
    keys = DynamoKeys(trained.thread.stage.client("dynamodb"), trained.thread.stage.outputs["RegistryTable"])
    keys.revoke(caller.tenant, PresentedKey.parse(caller.key).id, "2026-01-01T00:00:00.000Z")
    time.sleep(5)
    assert caller.call("GET", "/models").status_code in {401, 403}


def test_a_killed_worker_s_job_is_finished_by_the_next(thread: Thread, worker: Process) -> None:
    state = thread.stage.cloud.state
    log = state / local_worker.LOG
    before = log.read_text().count("/killed")
    sent = thread.send("killed", as_csv(TABLE[:500]))
    deadline = time.monotonic() + 90
    while log.read_text().count("/killed") == before:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    running = local_worker.find(state)
    assert running is not None
    os.kill(running.pid, signal.SIGKILL)
    while running.alive:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    cloud = thread.stage.cloud
    replacement = local_worker.start(state, cloud.over(os.environ), "local", ROOT / ENTRY_POINT, DEPLOYED)
    assert replacement.pid != running.pid
    run = thread.run_of(sent)
    assert (run.outcome.state, run.attempts) == (RunState.SUCCEEDED, 1)
    assert [version.number for version in thread.models.versions(thread.tenant, "killed")] == [1]
