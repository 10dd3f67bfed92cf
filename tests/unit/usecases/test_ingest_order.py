"""A spec that comes later counts, and what came first never wins over what came last."""

from __future__ import annotations

import pytest

from millrace.domain.origin import Origin
from millrace.usecases.ingest import Ingested, Ingestion
from tests import samples
from tests.uploads import SPEC_KEY, World

NEWER = samples.CSV + b"50,Oslo,good\n"


@pytest.fixture
def world() -> World:
    return World()


def test_a_spec_without_data_starts_nothing(world: World) -> None:
    assert world.ingest(world.upload(SPEC_KEY, b"seed: 7")) == Ingested(Ingestion.IGNORED, code="spec_only")
    assert world.runs.of_tenant("acme") == []


def test_a_spec_that_comes_later_starts_a_run_that_supersedes_the_default_one(world: World) -> None:
    default = world.run(world.ingest(world.upload()))
    spec = world.upload(SPEC_KEY, b"seed: 7")
    asked = world.run(world.ingest(spec))
    assert (asked.data, asked.spec.seed) == (default.data, 7)
    assert asked.origin == Origin(default.data.digest, default.origin.data, spec.arrived)
    assert asked.origin.supersedes(default.origin)
    assert default.origin.is_older_than(asked.origin)
    assert len(world.workflow.started) == 2
    assert world.ingest(spec).run_id == asked.id
    assert len(world.workflow.started) == 2


def test_a_spec_counts_for_the_data_that_arrived_last_not_for_what_was_looked_at_last(world: World) -> None:
    first, second = world.upload(), world.upload(content=NEWER)
    newer = world.run(world.ingest(second))
    world.ingest(first)
    assert world.run(world.ingest(world.upload(SPEC_KEY, b"seed: 7"))).data == newer.data


def test_data_that_comes_again_is_the_newest_again(world: World) -> None:
    for content in (samples.CSV, NEWER, samples.CSV):
        world.ingest(world.upload(content=content))
    assert world.run(world.ingest(world.upload(SPEC_KEY, b"seed: 7"))).data.digest == samples.DATA.digest


def test_another_dataset_s_spec_is_not_its_own(world: World) -> None:
    world.ingest(world.upload())
    assert world.ingest(world.upload("acme/credit-2/spec.yaml", b"seed: 7")).code == "spec_only"


def test_a_spec_that_says_what_the_last_one_said_starts_nothing_new(world: World) -> None:
    world.ingest(world.upload())
    first = world.ingest(world.upload(SPEC_KEY, b"seed: 7"))
    assert world.ingest(world.upload(SPEC_KEY, b"seed: 7 # as before")).run_id == first.run_id
    assert len(world.workflow.started) == 2


@pytest.mark.parametrize("turned", [False, True])
def test_two_uploads_are_ordered_by_their_arrival_whichever_event_comes_first(world: World, *, turned: bool) -> None:
    uploads = [world.upload(), world.upload(content=NEWER)]
    runs = {upload.version_id: world.run(world.ingest(upload)) for upload in (uploads[::-1] if turned else uploads)}
    older, newer = runs["1"], runs["2"]
    assert older.origin.is_older_than(newer.origin)
    assert not newer.origin.is_older_than(older.origin)
    newest = world.datasets.newest("acme", "credit")
    assert newest is not None
    assert newest.data == newer.data


def test_a_spec_that_is_gone_again_is_recorded(world: World) -> None:
    spec = world.upload(SPEC_KEY, b"seed: 7")
    world.landing.delete(SPEC_KEY)
    assert world.ingest(spec).code == "deleted"
