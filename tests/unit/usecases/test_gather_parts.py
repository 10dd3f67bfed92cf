"""Files that Spark wrote are one dataset version, once all of them are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from millrace.domain import digest
from millrace.domain.errors import Corrupt
from millrace.domain.job import Job
from millrace.domain.spec import Spec
from millrace.usecases.gather_parts import MAX_PARTS, listed_parts
from millrace.usecases.ingest import Ingested, Ingestion
from millrace.usecases.job_folder import lay_out
from tests import samples
from tests.fakes.landing import FakeLanding
from tests.uploads import MAX, SPEC_KEY, World

ONE, TWO, MARKER = "acme/credit/part-00000-x.csv", "acme/credit/part-00001-x.csv", "acme/credit/_SUCCESS"
MORE = b"age,city,class\n50,Oslo,good\n"


@pytest.fixture
def world() -> World:
    return World()


def test_parts_wait_for_their_marker_and_are_one_dataset_version(world: World, tmp_path: Path) -> None:
    for key, content in ((TWO, MORE), (ONE, samples.CSV)):
        assert world.ingest(world.upload(key, content)) == Ingested(Ingestion.WAITING)
    assert world.runs.of_tenant("acme") == []
    marker = world.upload(MARKER, b"")
    assert world.ingest(marker).what is Ingestion.STARTED
    run = world.only_run()
    assert run.data.digest == digest.of_value([digest.of_bytes(samples.CSV), digest.of_bytes(MORE)])
    assert (run.data.key, run.data.size) == (MARKER, len(samples.CSV) + len(MORE))
    parts = listed_parts("acme", run.data, world.blobs)
    assert [(part.key, part.version_id) for part in parts] == [(ONE, "1"), (TWO, "1")]
    job = Job("acme", "credit", run.id, 1, run.data, Spec())
    lay_out(tmp_path, job, world.landing, world.blobs)
    laid = sorted((tmp_path / "input/data/training").iterdir())
    assert [(each.name, each.read_bytes()) for each in laid] == [
        ("part-00000-x.csv", samples.CSV),
        ("part-00001-x.csv", MORE),
    ]


def test_what_is_trained_on_is_what_lay_there_when_the_marker_came(world: World, tmp_path: Path) -> None:
    world.upload(ONE)
    world.ingest(world.upload(MARKER, b""))
    world.upload(ONE, MORE)
    lay_out(tmp_path, Job("acme", "credit", "f" * 32, 1, world.only_run().data, Spec()), world.landing, world.blobs)
    assert (tmp_path / "input/data/training/part-00000-x.csv").read_bytes() == samples.CSV


def test_the_same_parts_again_are_the_same_run_and_others_another(world: World) -> None:
    world.upload(ONE)
    first = world.ingest(world.upload(MARKER, b""))
    world.upload(ONE)
    assert world.ingest(world.upload(MARKER, b"")).run_id == first.run_id
    world.upload(TWO, MORE)
    assert world.ingest(world.upload(MARKER, b"")).run_id != first.run_id


def test_parts_have_their_spec_and_their_order_too(world: World) -> None:
    world.upload(ONE)
    marker = world.upload(MARKER, b"")
    world.ingest(marker)
    assert world.only_run().origin.data == marker.arrived
    asked = world.run(world.ingest(world.upload(SPEC_KEY, b"seed: 7")))
    assert (asked.data.key, asked.spec.seed) == (MARKER, 7)


def test_empty_parts_and_other_files_don_t_count(world: World) -> None:
    world.upload(ONE, b"")
    world.upload(TWO, MORE)
    world.upload("acme/credit/other.csv")
    world.upload("acme/credit-2/part-00002-x.csv")
    world.ingest(world.upload(MARKER, b""))
    parts = listed_parts("acme", world.only_run().data, world.blobs)
    assert [part.key for part in parts] == [TWO]


@pytest.mark.parametrize(
    ("parts", "code", "field"),
    [
        ({}, "no_parts", "_SUCCESS"),
        ({ONE: b""}, "empty_file", "_SUCCESS"),
        ({ONE: samples.CSV, "acme/credit/part-00001-x.parquet": b"PAR1"}, "part_differs", "part-00001-x.parquet"),
        ({"acme/credit/part-00000": samples.CSV}, "unsupported_format", "file"),
        ({ONE: b"a" * (MAX // 2), TWO: b"a" * (MAX // 2 + 1)}, "too_large", "file"),
        (
            {f"acme/credit/part-{number:05}.csv": samples.CSV for number in range(MAX_PARTS + 1)},
            "too_many_parts",
            "_SUCCESS",
        ),
    ],
    ids=["none", "empty", "two formats", "no format", "too large together", "too many"],
)
def test_parts_that_can_t_be_one_table_are_rejected_by_name(
    world: World, parts: dict[str, bytes], code: str, field: str
) -> None:
    for key, content in parts.items():
        world.upload(key, content)
    assert world.ingest(world.upload(MARKER, b"")).code == code
    failure = world.only_run().outcome.failure
    assert failure is not None
    assert (failure.code, failure.field) == (code, field)
    assert failure.hint
    assert world.told() == [("Run Rejected", code)]


def test_a_part_that_goes_while_it_is_looked_at_is_rejected_by_name(world: World) -> None:
    class Vanishing(FakeLanding):
        def files(self, prefix: str, limit: int) -> Sequence[str]:
            found = super().files(prefix, limit)
            self.delete(TWO)
            return found

    world.landing = Vanishing()
    for key in (ONE, TWO):
        world.upload(key)
    assert world.ingest(world.upload(MARKER, b"")).code == "deleted"
    failure = world.only_run().outcome.failure
    assert failure is not None
    assert failure.field == "part-00001-x.csv"


@pytest.mark.parametrize("content", [b"", b"{}", b'[{"bucket": "landing"}]', b"[1]"])
def test_a_blob_that_lists_no_parts_is_corrupt(world: World, content: bytes) -> None:
    data = replace(samples.DATA, parts=world.blobs.put("acme", content))
    with pytest.raises(Corrupt):
        listed_parts("acme", data, world.blobs)


def test_one_object_is_its_only_part(world: World) -> None:
    assert listed_parts("acme", samples.DATA, world.blobs) == (samples.DATA,)
