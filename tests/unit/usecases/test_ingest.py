"""An upload becomes one run, however often its event comes."""

from __future__ import annotations

from threading import Thread

import pytest

from millrace.domain.dataset import DatasetVersion
from millrace.domain.errors import NotFound, Unavailable
from millrace.domain.origin import Origin, in_order
from millrace.domain.run import Outcome, RunState
from millrace.usecases.ingest import Ingested, Ingestion
from tests import samples
from tests.fakes.datasets import FakeDatasets
from tests.fakes.landing import FakeLanding
from tests.fakes.workflow import FakeWorkflow
from tests.uploads import MAX, SPEC_KEY, World


@pytest.fixture
def world() -> World:
    return World()


def test_an_upload_starts_its_run(world: World) -> None:
    ingested = world.ingest(world.upload())
    run = world.only_run()
    assert ingested == Ingested(Ingestion.STARTED, run.id)
    origin = Origin(samples.DATA.digest, in_order("FF"), by_default=True)
    assert run == samples.run(attempts=1, queued=samples.NOW, origin=origin)
    assert world.workflow.started == {
        f"{run.id}-1": {"tenant": "acme", "dataset": "credit", "run_id": run.id, "attempt": 1}
    }
    (version,) = world.datasets.of_tenant("acme")
    assert version == DatasetVersion("acme", "credit", samples.DATA, run.created, in_order("FF"))
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
    world.runs.claim(samples.run(outcome=Outcome(RunState.QUEUED)), upload.id)  # the first delivery came this far
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


def test_the_largest_allowed_upload_passes(world: World) -> None:
    content = b"a,b\n" + b"1" * (MAX - 4)
    assert world.ingest(world.upload(content=content)).what is Ingestion.STARTED


def test_twenty_deliveries_while_the_spec_changes_make_one_run(world: World) -> None:
    upload = world.upload()
    answers = set()
    for seed in range(20):
        answers.add(world.ingest(upload).run_id)
        world.landing.put(SPEC_KEY, f"seed: {seed}".encode())
    assert answers == {world.only_run().id}
    assert len(world.workflow.started) == 1


def test_deliveries_at_once_while_the_spec_changes_make_one_run(world: World) -> None:
    """Both find no run of the upload, and read other specs: the registry lets one of them through."""

    class Changing(FakeLanding):
        def read(self, key: str, limit: int) -> bytes | None:
            world.landing = there
            world.ingest(upload)  # the other delivery overtakes this one here
            return b"seed: 7"

    upload, there = world.upload(), world.landing
    changing = Changing()
    changing._held = there._held
    world.landing = changing
    ingested = world.ingest(upload)
    assert ingested == Ingested(Ingestion.STARTED, world.only_run().id)
    assert world.only_run().spec.seed != 7
    assert len(world.workflow.started) == 1


def test_more_uploads_than_slots_wait_in_their_order(world: World) -> None:
    uploads = [world.upload(f"acme/d{number}/data.csv") for number in range(5)]
    ids = []
    for upload in uploads:
        ids.append(world.ingest(upload).run_id)
        world.clock.advance(1)
    assert [name.removesuffix("-1") for name in world.workflow.started] == ids[:2]
    assert [place.run_id for place in world.runs.queue("acme").waiting] == ids[2:]
    for upload in uploads:
        assert world.ingest(upload).what is Ingestion.STARTED
    assert len(world.workflow.started) == 2
    assert [place.run_id for place in world.runs.queue("acme").waiting] == ids[2:]


def test_the_same_bytes_again_lead_to_their_run_whatever_the_spec_is_then(world: World) -> None:
    first = world.ingest(world.upload())
    again = world.upload()
    assert world.ingest(again).run_id == first.run_id
    world.landing.put(SPEC_KEY, b"seed: 7")
    assert world.ingest(again).run_id == first.run_id


def test_a_table_that_is_away_is_no_unknown_tenant(world: World) -> None:
    """What a port can't find is not what the landing says is gone: nothing is recorded, and the event comes again."""

    class Away(FakeDatasets):
        def add(self, version: DatasetVersion) -> bool:
            raise NotFound("there is no table")

    upload, there = world.upload(), world.datasets
    world.datasets = Away()
    with pytest.raises(NotFound):
        world.ingest(upload)
    assert world.runs.of_tenant("acme") == []
    world.datasets = there
    assert world.ingest(upload).what is Ingestion.STARTED


def test_a_folder_made_in_the_console_is_nothing(world: World) -> None:
    for key in ("acme/", "acme/credit/", "nobody/"):
        assert world.ingest(world.upload(key, b"")) == Ingested(Ingestion.IGNORED, code="folder")
    assert world.runs.of_tenant("acme") == []
    assert world.announcements.published == []


def test_what_spark_leaves_beside_its_parts_is_no_data(world: World) -> None:
    for file in ("_committed_17", "_started_17", ".part-00000.csv.crc"):
        assert world.ingest(world.upload(f"acme/credit/{file}", b"x")) == Ingested(
            Ingestion.IGNORED, code="bookkeeping"
        )
    assert world.runs.of_tenant("acme") == []


@pytest.mark.parametrize("file", ["labels.csv", "part-0.csv", "_SUCCESS", "spec.yaml"])
def test_truth_is_left_to_label(world: World, file: str) -> None:
    ingested = world.ingest(world.upload(f"acme/credit/truth/{file}"))
    assert ingested == Ingested(Ingestion.IGNORED, code="truth")
    assert world.runs.of_tenant("acme") == []
    assert world.told() == []
