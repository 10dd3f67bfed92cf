"""What admit refuses, and the job it writes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from millrace.domain import digest
from millrace.domain.errors import Conflict, NotFound, Rejected
from millrace.domain.job import ChampionArtifact, Job, Part
from millrace.domain.model import CHAMPION, AliasMove
from millrace.domain.origin import Origin, in_order
from millrace.domain.run import Outcome, Run, RunState
from millrace.domain.spec import Spec
from millrace.usecases.admit import AdmitPorts, Admitted, admit
from tests import samples
from tests.fakes.document_store import FakeDocuments
from tests.fakes.landing import FakeLanding
from tests.fakes.models import FakeModels
from tests.fakes.runs import FakeRuns


@dataclass
class World:
    runs: FakeRuns = field(default_factory=FakeRuns)
    models: FakeModels = field(default_factory=FakeModels)
    landing: FakeLanding = field(default_factory=FakeLanding)
    documents: FakeDocuments = field(default_factory=FakeDocuments)

    def given(self, content: bytes = samples.CSV, key: str = samples.KEY, **changes: object) -> Run:
        self.landing.put(key, content)
        data = replace(samples.DATA, key=key, digest=digest.of_bytes(content), size=len(content))
        run = samples.run(data=data, **changes)
        self.runs.claim(run)
        return run

    def admit(self) -> Admitted:
        return admit(samples.TICKET, AdmitPorts(self.runs, self.models, self.landing, self.documents))

    def job(self) -> Job:
        return self.documents.read(Job, samples.TICKET.job_key)


@pytest.fixture
def world() -> World:
    return World()


def test_a_good_upload_gets_its_job(world: World) -> None:
    world.given()
    assert world.admit() == Admitted(f"s3://artifact/{samples.TICKET.job_key}", "worker")
    assert world.job() == samples.job()


def test_a_spec_without_a_backend_gets_the_stages_first(world: World) -> None:
    world.given()
    ports = AdmitPorts(world.runs, world.models, world.landing, world.documents, default_backend="batch")
    assert admit(samples.TICKET, ports).backend == "batch"


def test_the_spec_names_the_backend_and_travels_with_the_job(world: World) -> None:
    spec = Spec(target="class", features=("age",), exclude=("city",), backend="sagemaker", seed=3)
    world.given(spec=spec)
    assert world.admit().backend == "sagemaker"
    assert world.job().spec == spec


def test_the_version_of_the_run_is_what_is_looked_at(world: World) -> None:
    world.given()
    world.landing.put(samples.KEY, b"not a table")
    assert world.admit().job_uri.endswith("job.json")


@pytest.mark.parametrize(
    ("content", "key", "code"),
    [
        (b"", samples.KEY, "empty_file"),
        (b"a,b\n", samples.KEY, "no_rows"),
        (b"a,a\n1,2\n", samples.KEY, "duplicate_column"),
        (b"\x1f\x8b\x08", samples.KEY, "wrong_format"),
        (b"\x1f\x8b\x08", "acme/credit/data.csv.gz", "unreadable_file"),
        (b"a,b\n1,2\n", "acme/credit/data.parquet", "wrong_format"),
    ],
)
def test_a_bad_file_is_rejected_and_gets_no_job(world: World, content: bytes, key: str, code: str) -> None:
    world.given(content, key)
    with pytest.raises(Rejected) as caught:
        world.admit()
    assert caught.value.code == code
    assert world.documents.held == {}


def test_a_spec_that_names_no_column_is_rejected(world: World) -> None:
    world.given(spec=Spec(target="clas"))
    with pytest.raises(Rejected) as caught:
        world.admit()
    assert caught.value.code == "unknown_column"
    for word in ("did you mean 'class'?", "spec.yaml kept with the dataset", "--target"):
        assert word in (caught.value.hint or "")


def test_parquet_passes_by_its_first_bytes(world: World) -> None:
    world.given(b"PAR1....PAR1", "acme/credit/data.parquet", spec=Spec(target="unseen"))
    assert world.admit().job_uri.endswith("job.json")


def test_the_job_is_told_of_the_champion(world: World) -> None:
    world.given()
    version = world.models.register(samples.version(run_id="earlier"))
    world.models.register(samples.version(run_id="later"))  # registered, and not serving
    world.models.move(
        AliasMove("acme", "credit", CHAMPION, 1, None, version.number, samples.NOW, who="gate", why="first")
    )
    world.admit()
    assert world.job().champion == ChampionArtifact(version.number, version.model_digest, version.manifest_digest)


def test_without_the_run_nothing_is_admitted(world: World) -> None:
    with pytest.raises(NotFound):
        world.admit()


def test_a_run_that_was_cancelled_before_its_execution_began_goes_no_further(world: World) -> None:
    world.given(outcome=Outcome(RunState.CANCELLED))
    with pytest.raises(Conflict) as caught:
        world.admit()
    assert caught.value.code == "run_over"
    with pytest.raises(NotFound):
        world.job()


@pytest.mark.parametrize("by_default", [True, False])
def test_the_job_knows_whether_its_spec_supersedes_the_champion(world: World, *, by_default: bool) -> None:
    asked = Origin(samples.DATA.digest, in_order("1"), in_order("2"))
    world.given(origin=asked)
    former = samples.version(origin=replace(asked, spec="", by_default=by_default))
    world.models.register(former)
    assert world.models.move(AliasMove("acme", "credit", CHAMPION, 1, None, 1, samples.NOW, "gate", "first"))
    world.admit()
    assert world.job().champion == ChampionArtifact(1, former.model_digest, former.manifest_digest, by_default)
    assert world.job().origin == asked


def test_parts_are_the_job_s_to_look_at(world: World) -> None:
    data = replace(samples.DATA, key="acme/credit/_SUCCESS", parts="a" * 64)
    world.runs.claim(samples.run(data=data))
    world.admit()
    assert world.job().data == data


def test_several_jobs_are_written_down_one_by_one(world: World) -> None:
    spec = Spec(jobs=3)
    world.given(spec=spec)
    admitted = world.admit()
    prefix = samples.TICKET.prefix
    assert admitted.part_uris == tuple(f"s3://artifact/{prefix}/parts/{number}/job.json" for number in (1, 2, 3))
    assert admitted.job_uri == f"s3://artifact/{prefix}/job.json"
    assert world.job() == samples.job(spec=spec, parts=3)
    for number in (1, 2, 3):
        part = world.documents.read(Job, f"{prefix}/parts/{number}/job.json")
        assert part == samples.job(spec=spec, part=Part(number, 3))


def test_one_job_has_no_parts(world: World) -> None:
    world.given()
    assert world.admit().part_uris == ()
    assert list(world.documents.held) == [samples.TICKET.job_key]
