"""Every refusal is recorded where somebody looks, and told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from millrace.domain.run import RunState
from millrace.domain.upload import SPEC_BYTES, Upload
from millrace.usecases.ingest import Ingested, Ingestion
from tests import samples
from tests.uploads import MAX, SPEC_KEY, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("key", "code", "field", "dataset"),
    [
        ("acme/data.csv", "invalid_key", "key", "data.csv"),
        ("acme/Credit/data.csv", "invalid_name", "dataset", "Credit"),
        ("acme/credit/2026/data.csv", "invalid_key", "key", "credit/2026"),
        ("acme/credit/truth/2026/labels.csv", "invalid_key", "key", "credit/truth/2026"),
        ("acme/../other/data.csv", "invalid_key", "key", "../other"),
        ("acme/credit/..", "invalid_key", "key", "credit"),
        ("acme/credit/a\x00\x1b[2Jb.csv", "invalid_key", "key", "credit"),
        ("acme/cr\nedit/data.csv", "invalid_name", "dataset", "cr\\nedit"),
    ],
)
def test_a_key_below_a_tenant_that_names_no_dataset_is_a_rejected_run(
    world: World, key: str, code: str, field: str, dataset: str
) -> None:
    ingested = world.ingest(world.upload(key))
    run = world.only_run()
    assert ingested == Ingested(Ingestion.REJECTED, run.id, code)
    assert (run.dataset, run.outcome.state, run.attempts) == (dataset, RunState.REJECTED, 0)
    assert run.outcome.failure is not None
    assert (run.outcome.failure.code, run.outcome.failure.field) == (code, field)
    assert run.outcome.failure.hint
    assert run.data.key.isprintable()
    assert run.outcome.failure.message.isprintable()
    assert world.told() == [("Run Rejected", code)]
    assert world.workflow.started == {}
    assert world.unclaimed.all() == []


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("data.csv", "invalid_key"),
        ("Acme/credit/data.csv", "invalid_name"),
        ("../acme/credit/data.csv", "invalid_key"),
        ("nobody/credit/data.csv", "unknown_tenant"),
        ("nobody/credit/data.xlsx", "unknown_tenant"),
        ("nobody/credit/truth/labels.csv", "unknown_tenant"),
        ("no\x00body/credit/data.csv", "invalid_name"),
    ],
)
def test_what_belongs_to_nobody_is_kept_for_the_operator(world: World, key: str, code: str) -> None:
    upload = world.upload(key)
    for _ in range(2):
        assert world.ingest(upload) == Ingested(Ingestion.REJECTED, code=code)
    (refusal,) = world.unclaimed.all()
    assert (refusal.failure.code, refusal.size, refusal.at) == (code, upload.size, world.clock.now())
    assert refusal.failure.hint
    assert refusal.key.isprintable()
    assert world.told() == [("Upload Rejected", code)] * 2
    assert world.workflow.started == {}
    assert world.runs.of_tenant("acme") == []


def test_nothing_that_is_recorded_or_told_is_as_long_as_a_key_can_be(world: World) -> None:
    for key in ("acme/" + "d" * 1000 + "/data.csv", "n" * 1000 + "/credit/data.csv", "acme/credit/" + "f" * 1000):
        world.ingest(world.upload(key))
    runs = [*world.runs.of_tenant("acme")]
    assert len(runs) == 2
    failures = [run.outcome.failure for run in runs if run.outcome.failure]
    assert len(failures) == 2
    texts = [text for run in runs for text in (run.dataset, run.data.key)] + [each.message for each in failures]
    (refusal,) = world.unclaimed.all()
    assert max(map(len, [*texts, refusal.key, refusal.failure.message])) < 400
    assert max(len(run.dataset) for run in runs) <= 63
    assert len(str(world.announcements.published)) < 4000


def test_an_upload_that_is_gone_is_recorded(world: World) -> None:
    upload = world.upload()
    world.landing.delete(upload.key)
    ingested = world.ingest(upload)
    assert ingested == Ingested(Ingestion.REJECTED, world.only_run().id, "deleted")
    assert world.only_run().data.key == samples.KEY
    assert world.told() == [("Run Rejected", "deleted")]


def test_an_upload_that_was_replaced_is_recorded_where_its_event_names_no_version(world: World) -> None:
    first = replace(world.upload(), version_id=None)
    second = replace(world.upload(content=samples.CSV + b"50,Oslo,good\n"), version_id=None)
    assert world.ingest(first).code == "replaced"
    assert world.ingest(second).what is Ingestion.STARTED
    assert world.told() == [("Run Rejected", "replaced")]


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
    assert world.ingest(upload) == ingested
    assert len(world.runs.of_tenant("acme")) == 1
    assert world.told() == [("Run Rejected", code)] * 2  # at least once, since a delivery may end between the two


def test_the_event_has_the_run_s_fields(world: World) -> None:
    run_id = world.ingest(Upload("landing", "acme/credit/data.xlsx", 10, "e")).run_id
    ((_, detail),) = world.announcements.published
    told = {"tenant": "acme", "dataset": "credit", "run_id": run_id, "attempt": 0, "state": "rejected"}
    assert {name: detail[name] for name in told} == told


def test_an_invalid_spec_is_a_rejected_run_that_names_the_field(world: World) -> None:
    world.landing.put(SPEC_KEY, b"taget: y")
    ingested = world.ingest(world.upload())
    run = world.only_run()
    assert ingested == Ingested(Ingestion.REJECTED, run.id, "invalid_spec")
    failure = run.outcome.failure
    assert failure is not None
    assert (failure.code, failure.field, failure.hint) == ("invalid_spec", "taget", "did you mean 'target'?")
    assert world.workflow.started == {}


def test_a_mended_spec_starts_the_run_of_the_data_that_waited_for_it(world: World) -> None:
    world.landing.put(SPEC_KEY, b"taget: y")
    data = world.upload()
    refused = world.ingest(data)
    mended = world.ingest(world.upload(SPEC_KEY, b"target: class"))
    assert mended.what is Ingestion.STARTED
    assert world.run(mended).data.digest == samples.DATA.digest
    assert world.ingest(data) == refused
    assert len(world.runs.of_tenant("acme")) == 2


def test_an_invalid_spec_is_told_when_it_comes(world: World) -> None:
    ingested = world.ingest(world.upload(SPEC_KEY, b"taget: y"))
    assert ingested == Ingested(Ingestion.REJECTED, world.only_run().id, "invalid_spec")
    assert world.only_run().data.key == SPEC_KEY


def test_a_spec_beyond_the_limit_is_rejected(world: World) -> None:
    world.landing.put(SPEC_KEY, b"#" * (SPEC_BYTES + 1))
    assert world.ingest(world.upload()).code == "invalid_spec"
    world.landing.put(SPEC_KEY, b"#" * SPEC_BYTES)
    assert world.ingest(world.upload()).what is Ingestion.STARTED
