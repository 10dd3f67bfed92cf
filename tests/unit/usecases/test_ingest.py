"""An upload becomes one run, however often its event comes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Thread

import pytest

from millrace.domain.access import Tenant
from millrace.domain.dataset import DatasetVersion
from millrace.domain.errors import Unavailable
from millrace.domain.run import Outcome, Run, RunState
from millrace.domain.upload import SPEC_BYTES, Upload
from millrace.protocol.spec import read_spec
from millrace.usecases.ingest import Ingested, Ingestion, IngestPorts, ingest
from tests import samples
from tests.fakes.clock import FakeClock
from tests.fakes.datasets import FakeDatasets
from tests.fakes.landing import FakeLanding
from tests.fakes.runs import FakeRuns
from tests.fakes.tenants import FakeTenants
from tests.fakes.workflow import FakeWorkflow

MAX = 10_000
SPEC_KEY = "acme/credit/spec.yaml"


@dataclass
class World:
    landing: FakeLanding = field(default_factory=FakeLanding)
    datasets: FakeDatasets = field(default_factory=FakeDatasets)
    runs: FakeRuns = field(default_factory=FakeRuns)
    workflow: FakeWorkflow = field(default_factory=FakeWorkflow)
    clock: FakeClock = field(default_factory=FakeClock)

    def upload(self, key: str = samples.KEY, content: bytes = samples.CSV) -> Upload:
        return Upload("landing", key, len(content), "etag", self.landing.put(key, content))

    def ingest(self, upload: Upload) -> Ingested:
        tenants = FakeTenants(Tenant("acme", samples.NOW))
        ports = IngestPorts(
            self.landing, tenants, self.datasets, self.runs, self.workflow, self.clock, read_spec=read_spec
        )
        return ingest(upload, ports, max_bytes=MAX)

    def only_run(self) -> Run:
        (run,) = self.runs.of_tenant("acme")
        return run


@pytest.fixture
def world() -> World:
    return World()


def test_an_upload_starts_its_run(world: World) -> None:
    ingested = world.ingest(world.upload())
    run = world.only_run()
    assert ingested == Ingested(Ingestion.STARTED, run.id)
    assert run == samples.run(attempts=1)
    assert world.workflow.started == {
        f"{run.id}-1": {"tenant": "acme", "dataset": "credit", "run_id": run.id, "attempt": 1}
    }
    (version,) = world.datasets.of_tenant("acme")
    assert version == DatasetVersion("acme", "credit", samples.DATA, run.created)
    (attempt,) = world.runs.attempts("acme", run.id)
    assert attempt.started == run.created


def test_twenty_deliveries_make_one_run(world: World) -> None:
    upload = world.upload()
    answers = {world.ingest(upload).run_id for _ in range(20)}
    assert answers == {world.only_run().id}
    assert len(world.workflow.started) == 1
    assert len(world.runs.attempts("acme", world.only_run().id)) == 1


def test_deliveries_at_once_make_one_run(world: World) -> None:
    upload = world.upload()
    threads = [Thread(target=world.ingest, args=(upload,)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(world.runs.attempts("acme", world.only_run().id)) == 1
    assert len(world.workflow.started) == 1


def test_a_crash_before_the_start_is_mended_by_the_next_delivery(world: World) -> None:
    upload = world.upload()
    world.runs.claim(samples.run())  # the first delivery came this far
    assert world.ingest(upload).what is Ingestion.STARTED
    assert world.only_run().attempts == 1
    assert len(world.workflow.started) == 1


def test_a_workflow_that_is_away_raises_so_that_the_event_comes_again(world: World) -> None:
    class Away(FakeWorkflow):
        def start(self, name: str, payload: object) -> None:
            raise Unavailable("not now")

    upload, there = world.upload(), world.workflow
    world.workflow = Away()
    with pytest.raises(Unavailable):
        world.ingest(upload)
    world.workflow = there
    assert world.ingest(upload).what is Ingestion.STARTED
    assert list(there.started) == [f"{world.only_run().id}-1"]


def test_a_finished_run_is_not_started_again(world: World) -> None:
    upload = world.upload()
    world.ingest(upload)
    run = world.only_run()
    world.runs.conclude("acme", run.id, 1, Outcome(RunState.FAILED), samples.NOW)
    assert world.ingest(upload) == Ingested(Ingestion.KNOWN, run.id)
    assert world.only_run().attempts == 1


def test_the_same_content_under_another_name_is_the_same_run(world: World) -> None:
    world.ingest(world.upload())
    world.ingest(world.upload("acme/credit/again.csv"))
    assert world.only_run().data.key == samples.KEY


def test_another_content_spec_or_dataset_is_another_run(world: World) -> None:
    world.ingest(world.upload())
    world.ingest(world.upload(content=samples.CSV + b"50,Oslo,good\n"))
    world.ingest(world.upload("acme/other/data.csv"))
    world.landing.put(SPEC_KEY, b"seed: 7")
    world.ingest(world.upload())
    runs = world.runs.of_tenant("acme")
    assert len({run.id for run in runs}) == 4
    assert [run.spec.seed for run in runs].count(7) == 1


def test_the_version_in_the_event_is_the_one_that_is_read(world: World) -> None:
    first = world.upload()
    world.upload(content=b"a,b\n1,2\n")
    world.ingest(first)
    assert world.only_run().data == samples.DATA


def test_a_spec_alone_starts_nothing(world: World) -> None:
    assert world.ingest(world.upload(SPEC_KEY, b"seed: 7")) == Ingested(Ingestion.IGNORED, code="spec_only")
    assert world.runs.of_tenant("acme") == []


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("data.csv", "invalid_key"),
        ("acme/credit/", "invalid_key"),
        ("acme/credit/more/data.csv", "invalid_key"),
        ("Acme/credit/data.csv", "invalid_name"),
        ("nobody/credit/data.csv", "unknown_tenant"),
    ],
)
def test_what_belongs_to_nobody_is_ignored(world: World, key: str, code: str) -> None:
    assert world.ingest(world.upload(key)) == Ingested(Ingestion.IGNORED, code=code)
    assert world.workflow.started == {}
    assert world.runs.of_tenant("nobody") == []


def test_an_upload_that_is_gone_is_ignored(world: World) -> None:
    upload = world.upload()
    world.landing.delete(upload.key)
    assert world.ingest(upload) == Ingested(Ingestion.IGNORED, code="deleted")


@pytest.mark.parametrize(
    ("upload", "code", "field"),
    [
        (Upload("landing", "acme/credit/data.xlsx", 10, "e"), "unsupported_format", "file"),
        (Upload("landing", samples.KEY, MAX + 1, "e"), "too_large", "file"),
    ],
)
def test_what_can_be_refused_unread_is_a_rejected_run(world: World, upload: Upload, code: str, field: str) -> None:
    ingested = world.ingest(upload)  # nothing lies in the bucket: reading it would find it deleted
    run = world.only_run()
    assert ingested == Ingested(Ingestion.REJECTED, run.id, code)
    assert run.outcome.state is RunState.REJECTED
    assert run.outcome.failure is not None
    assert (run.outcome.failure.code, run.outcome.failure.field) == (code, field)
    assert run.finished == run.created
    assert (run.attempts, world.workflow.started) == (0, {})
    assert world.ingest(upload).run_id == world.only_run().id
    assert (run.dataset, run.data.key, run.data.size) == ("credit", upload.key, upload.size)
    for other in (replace(upload, etag="f"), replace(upload, key=upload.key.replace("credit", "fraud"))):
        assert world.ingest(other).run_id != run.id  # another upload's refusal is another run


def test_the_largest_allowed_upload_passes(world: World) -> None:
    content = b"a,b\n" + b"1" * (MAX - 4)
    assert world.ingest(world.upload(content=content)).what is Ingestion.STARTED


def test_an_invalid_spec_is_a_rejected_run_that_names_the_field(world: World) -> None:
    world.landing.put(SPEC_KEY, b"taget: y")
    upload = world.upload()
    ingested = world.ingest(upload)
    run = world.only_run()
    assert ingested == Ingested(Ingestion.REJECTED, run.id, "invalid_spec")
    failure = run.outcome.failure
    assert failure is not None
    assert (failure.code, failure.field, failure.hint) == ("invalid_spec", "taget", "did you mean 'target'?")
    assert world.workflow.started == {}
    world.landing.put(SPEC_KEY, b"target: class")
    assert world.ingest(replace(upload)).what is Ingestion.STARTED  # mended: another run, which starts
    assert len(world.runs.of_tenant("acme")) == 2


def test_a_spec_beyond_the_limit_is_rejected(world: World) -> None:
    world.landing.put(SPEC_KEY, b"#" * (SPEC_BYTES + 1))
    assert world.ingest(world.upload()).code == "invalid_spec"
    world.landing.put(SPEC_KEY, b"#" * SPEC_BYTES)
    assert world.ingest(world.upload()).what is Ingestion.STARTED
