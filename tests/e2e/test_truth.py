"""Truth comes by the bucket, the API and the command line, is joined to captures, and a model learns from it."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from millrace.adapters.capture_store import S3CaptureStore
from millrace.adapters.clock import SystemClock
from millrace.adapters.datasets import DynamoDatasets
from millrace.adapters.documents import load
from millrace.adapters.landing import S3Landing
from millrace.adapters.session import Clients
from millrace.adapters.truth_store import S3TruthStore
from millrace.adapters.workflow import StepFunctionsWorkflow
from millrace.data import parts
from millrace.data.kinds import infer
from millrace.domain import inference_id
from millrace.domain.capture import Capture, CapturedRow, Partition
from millrace.domain.job import Job
from millrace.domain.manifest import Manifest
from millrace.domain.origin import Origin
from millrace.domain.run import Outcome, Run, RunState, run_id
from millrace.domain.schema import Kind
from millrace.domain.spec import Spec
from millrace.domain.truth import TruthFile
from millrace.local.process import Process
from millrace.usecases.advance import advance
from millrace.usecases.job_folder import lay_out
from millrace.usecases.join_truth import JoinPorts, join
from millrace.usecases.labelled_dataset import DatasetPorts, dataset_of, labelled_rows
from millrace.usecases.notify import NotifyPorts
from tests.e2e.command import Command
from tests.e2e.thread import Thread, until
from tests.stage import Stage

MODEL = "members"
KINDS = {"age": Kind.NUMBER, "member": Kind.BOOLEAN, "since": Kind.DATE, "city": Kind.CATEGORY, "renews": Kind.BOOLEAN}
CITIES = ("Paris", "Rome", "Oslo", "75001")
DAY = 86_400
CALLS, ROWS = 40, 8  # per call


def rows(count: int, seed: int) -> list[dict[str, Any]]:
    """People, and whether they renew, which their age and city say mostly."""
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        age, city = draw.randint(18, 80), draw.choice(CITIES)
        renews = (age + (20 if city == "Oslo" else 0) + draw.gauss(0, 8)) > 50
        made.append({"age": age, "member": draw.random() < 0.5, "since": draw.randint(1, 18_000) * DAY, "city": city})
        made[-1]["renews"] = "yes" if renews else "no"
    return made


def as_csv(table: list[dict[str, Any]]) -> bytes:
    lines = [",".join(table[0])]
    for row in table:
        since = time.strftime("%Y-%m-%d", time.gmtime(row["since"]))
        lines.append(",".join(map(str, (row["age"], row["member"], since, row["city"], row["renews"]))))
    return "\n".join(lines).encode()


@dataclass(frozen=True)
class World:
    """A tenant with a model that answered, and where what it answered lies."""

    thread: Thread
    clients: Clients
    store: S3TruthStore
    truths: dict[str, str]  # by inference id

    @property
    def tenant(self) -> str:
        return self.thread.tenant

    @property
    def join_ports(self) -> JoinPorts:
        captures = S3CaptureStore(self.clients.s3(), self.thread.stage.outputs["CaptureBucket"])
        return JoinPorts(captures, self.store, self.thread.models, self.thread.blobs, partial(load, Manifest))

    @property
    def dataset_ports(self) -> DatasetPorts:
        datasets = DynamoDatasets(self.clients.dynamodb(), self.thread.stage.outputs["RegistryTable"])
        return DatasetPorts(self.store, datasets, self.thread.blobs, SystemClock())

    def told(self, file: str) -> TruthFile:
        """What became of a file."""
        until(lambda: any(each.file == file for each in self.store.files(self.tenant, 100)), f"{file} was never read")
        return next(each for each in self.store.files(self.tenant, 100) if each.file == file)

    def put(self, file: str, content: bytes) -> TruthFile:
        self.thread.delivery.send(f"{self.tenant}/{MODEL}/truth/{file}", content)
        return self.told(file)


def captured(store: S3CaptureStore, tenant: str) -> set[str]:
    """The inference ids of the rows that are captured."""
    partitions = [Partition(tenant, MODEL, hour) for hour in store.hours(tenant, MODEL, "")]
    return {line.inference_id for each in partitions for key in store.objects(each) for line in store.read(key)}


@pytest.fixture(scope="module")
def world(make_thread: Callable[[], Thread], clients: Clients) -> World:
    """A model, trained on 400 rows, that was asked `CALLS` times for `ROWS` rows each."""
    thread = make_thread()
    assert thread.train(MODEL, as_csv(rows(400, 1))).outcome.promoted
    captures = S3CaptureStore(clients.s3(), thread.stage.outputs["CaptureBucket"])
    truths: dict[str, str] = {}
    asked = rows(CALLS * ROWS, 2)
    for number in range(CALLS):
        batch = asked[number * ROWS : (number + 1) * ROWS]
        inputs: list[Mapping[str, object]] = [
            # Every second call writes it as a client of the Open Inference Protocol would.
            {"age": row["age"], "member": int(row["member"]) if number % 2 else row["member"]}
            | {"since": row["since"], "city": row["city"]}
            for row in batch
        ]
        answer = thread.predict(MODEL, inputs)
        call = answer["id"]
        if not inference_id.is_id(call):  # then nobody captures it
            call = inference_id.make(time.time_ns() // 1_000_000, random.Random(number).randbytes(10))
            said = tuple(CapturedRow(*pair) for pair in zip(inputs, answer["predictions"], strict=True))
            capture = Capture(call, thread.tenant, MODEL, int(answer["model_version"]), SystemClock().now(), said)
            captures.write(Partition(thread.tenant, MODEL, inference_id.hour_of(call)), capture.lines())
        truths |= {inference_id.of_row(call, place, ROWS): row["renews"] for place, row in enumerate(batch)}
    until(lambda: captured(captures, thread.tenant) >= truths.keys(), "not every answer is captured")
    return World(thread, clients, S3TruthStore(clients.s3(), thread.stage.outputs["CaptureBucket"]), truths)


@pytest.fixture(scope="module")
def sent(world: World, stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> list[TruthFile]:
    """All of the truth, on three ways, some of it wrong at first."""
    known = list(world.truths.items())
    third = len(known) // 3
    wrong = [f"{name},{'no' if value == 'yes' else 'yes'}" for name, value in known[: 2 * third]]
    files = [world.put("early.csv", "\n".join(["inference_id,truth", *wrong, "nobody,yes"]).encode())]
    right = [json.dumps({"inference_id": name, "truth": value == "yes"}) for name, value in known[:third]]
    files.append(world.put("late.jsonl", "\n".join(right).encode()))
    body = {"truth": [{"inference_id": name, "truth": value} for name, value in known[third : 2 * third]]}
    answer = world.thread.call("POST", f"/models/{MODEL}/truth", body)
    assert (answer.status_code, answer.json()["accepted"]) == (202, third), answer.text
    files.append(world.told(answer.json()["file"]))
    path = tmp_path_factory.mktemp("truth") / "rest.csv"
    rest = [f"{name};{'1' if value == 'yes' else '0'}" for name, value in known[2 * third :]]
    path.write_text("\n".join(["inference_id;truth", *rest]))
    shown = Command(stage.cloud.state).json("truth", "send", MODEL, str(path), "--tenant", world.tenant)
    assert (shown["rows"], shown["refused"]) == (len(rest), 0)
    return [*files, world.told("rest.csv")]


@pytest.fixture(scope="module")
def joined(world: World, sent: list[TruthFile]) -> int:
    """How many rows were joined."""
    return join(world.tenant, MODEL, None, world.join_ports).rows


def test_every_way_ends_in_one_store(world: World, sent: list[TruthFile], stage: Stage) -> None:
    third = len(world.truths) // 3
    assert [file.rows for file in sent] == [2 * third, third, third, len(world.truths) - 2 * third]
    (fault,) = sent[0].faults
    assert (sent[0].refused, fault.code, fault.field) == (
        *(1, "invalid_inference_id"),
        f"early.csv:{2 * third + 2}: inference_id",
    )
    listed = Command(stage.cloud.state).json("truth", "list", MODEL, "--tenant", world.tenant)
    assert {file.file for file in sent} <= {each["file"] for each in listed}


def test_a_file_that_can_t_be_used_is_told_where_its_owner_looks(world: World, stage: Stage) -> None:
    file = world.put("wrong.csv", b"id,label\n1,2\n")
    assert file.failure is not None
    assert file.failure.code == "missing_column"
    listed = Command(stage.cloud.state).run("truth", "list", MODEL, "--tenant", world.tenant).stdout
    assert "missing_column" in listed
    assert [run for run in world.thread.runs.of_tenant(world.tenant) if "truth" in run.data.key] == []


def test_a_wrong_file_is_refused_before_it_is_sent(world: World, stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("id,label\n1,2\n")
    error = Command(stage.cloud.state).error("truth", "send", MODEL, str(path), "--tenant", world.tenant, code=2)
    assert error["code"] == "missing_column"
    error = Command(stage.cloud.state).error("truth", "send", "nothing", str(path), "--tenant", world.tenant, code=2)
    assert error["code"] == "unknown_model"


def test_all_of_it_is_joined_once(world: World, joined: int, stage: Stage) -> None:
    assert joined == len(world.truths) == labelled_rows(world.tenant, MODEL, world.store)
    assert join(world.tenant, MODEL, None, world.join_ports).hours == ()
    hours = world.store.hours(world.tenant, MODEL)
    scored = [index.scored["1"] for hour in hours if (index := world.store.index(Partition(world.tenant, MODEL, hour)))]
    assert sum(each.rows for each in scored) == joined
    assert sum(each.correct for each in scored) > 0.75 * joined  # so the truth that came last was believed
    shown = Command(stage.cloud.state).json("truth", "show", MODEL, "--tenant", world.tenant)
    assert (shown["rows"], shown["unmatched"], shown["unreadable"]) == (joined, 0, 0)


def test_the_parts_are_read_as_the_columns_that_they_were(world: World, joined: int, tmp_path: Path) -> None:
    version = dataset_of(world.tenant, MODEL, world.dataset_ports, rows=1_000)
    assert version is not None
    landing = S3Landing(world.clients.s3(), world.thread.stage.outputs["LandingBucket"])
    lay_out(tmp_path, Job(world.tenant, MODEL, "f" * 32, 1, version.data, Spec()), landing, world.thread.blobs)
    table = parts.read(tmp_path / "input/data/training")
    assert table.rows == joined
    assert {name: infer(name, column).column.kind for name, column in table.columns.items()} == KINDS
    assert list(table.columns)[-1] == "renews"


def test_a_model_learns_from_them(world: World, joined: int, worker: Process) -> None:
    """The worker's own role reads the parts in the capture bucket."""
    version = dataset_of(world.tenant, MODEL, world.dataset_ports, rows=joined - 10)
    assert version is not None
    outputs, runs, now = world.thread.stage.outputs, world.thread.runs, SystemClock().now()
    spec = Spec(seed=1)
    name = run_id(world.tenant, MODEL, version.digest, spec.digest)
    queued, origin = Outcome(RunState.QUEUED), Origin(version.digest, version.arrived)
    assert runs.claim(
        Run(world.tenant, MODEL, name, version.data, spec, created=now, outcome=queued, queued=now, origin=origin)
    )
    workflow = StepFunctionsWorkflow(world.clients.stepfunctions(), outputs["StateMachineArn"])
    advance(world.tenant, NotifyPorts(runs, (), workflow, SystemClock(), 2))
    run = world.thread.run_of(version.data)
    assert (run.id, run.outcome.state, run.outcome.version) == (name, RunState.SUCCEEDED, 2), run.outcome
