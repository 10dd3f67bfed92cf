"""A container sees one job through, or hands it back with its checkpoints."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from millrace.domain.errors import Denied, Unavailable
from millrace.domain.job import JobResult
from millrace.domain.job_end import JobFailure
from millrace.usecases.checkpoints import Checkpoints
from millrace.usecases.work import RunJob
from millrace.usecases.work_alone import Container, Ending, work_alone
from tests.fakes.blobs import FakeBlobs
from tests.fakes.document_store import FakeDocuments
from tests.fakes.landing import FakeLanding
from tests.unit.usecases.jobs import IsOver, landed, never, succeeds


class Place:
    """One job, and a container for it."""

    def __init__(self, scratch: Path) -> None:
        self.scratch, self.stop = scratch, threading.Event()
        self.landing, self.blobs, self.documents = FakeLanding(), FakeBlobs(), FakeDocuments()
        self.said: list[str] = []
        self.job = landed(self.landing)
        self.uri = self.documents.write(self.job, self.job.key)

    def work(self, run_job: RunJob, uri: str | None = None, *, keep_seconds: float = 60.0) -> Ending:
        container = Container(
            self.landing, self.blobs, self.documents, run_job, self.scratch, self.said.append, self.stop
        )
        return work_alone(uri or self.uri, container, keep_seconds=keep_seconds)

    @property
    def failure(self) -> JobFailure:
        return self.documents.read(JobFailure, self.job.ticket.failure_key)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def rejects(base: Path, _: Mapping[str, str], __: IsOver) -> int:
    said = {"error": "Rejected", "code": "rare_class", "message": "one row", "hint": "add rows", "field": "b"}
    (base / "output/failure").write_text(json.dumps(said))
    return 1


def test_a_result_is_stored_by_content_beside_the_job(place: Place) -> None:
    assert place.work(succeeds) == Ending.DONE
    result = place.documents.read(JobResult, place.job.result_key)
    assert place.blobs.get("acme", result.model_digest) == b"the model.onnx"
    assert place.job.ticket.failure_key not in place.documents.held
    assert list(place.scratch.iterdir()) == []


def test_how_it_ended_is_the_containers_exit_code() -> None:
    assert {ending.name: int(ending) for ending in Ending} == {"DONE": 0, "FAILED": 1, "HANDED_BACK": 75}


def test_a_second_container_finds_the_first_ones_result(place: Place) -> None:
    place.work(succeeds)
    assert place.work(never) == Ending.DONE


def test_a_failure_is_stored_as_the_job_said_it(place: Place) -> None:
    assert place.work(rejects) == Ending.FAILED
    assert (place.failure.kind, place.failure.failure.code, place.failure.failure.field) == (
        "Rejected",
        "rare_class",
        "b",
    )


def test_a_job_without_words_has_failed(place: Place) -> None:
    assert place.work(lambda *_: -9) == Ending.FAILED
    assert (place.failure.kind, place.failure.failure.code) == ("JobFailed", "job_killed")


def test_a_job_that_is_not_there_is_told_beside_where_it_would_be(place: Place) -> None:
    del place.documents.held[place.job.key]
    assert place.work(never) == Ending.FAILED
    assert (place.failure.kind, place.failure.failure.code) == ("JobFailed", "not_found")


def test_told_to_stop_it_keeps_checkpoints_and_hands_the_job_back(place: Place) -> None:
    def stopped(base: Path, _: Mapping[str, str], is_over: IsOver) -> int:
        (base / "checkpoints/fold-0").write_text("half")
        place.stop.set()
        assert is_over()
        return -15

    assert place.work(stopped) == Ending.HANDED_BACK
    assert place.job.ticket.failure_key not in place.documents.held

    def goes_on(base: Path, told: Mapping[str, str], is_over: IsOver) -> int:
        assert (base / "checkpoints/fold-0").read_text() == "half"
        return succeeds(base, told, is_over)

    place.stop.clear()
    assert place.work(goes_on) == Ending.DONE


def test_checkpoints_are_kept_while_the_job_runs(place: Place, tmp_path: Path) -> None:
    def slow(base: Path, told: Mapping[str, str], is_over: IsOver) -> int:
        (base / "checkpoints/fold-0").write_text("half")
        kept = Checkpoints(place.job, tmp_path, place.blobs, place.documents).key
        while kept not in place.documents.held:
            assert not is_over()
        return succeeds(base, told, is_over)

    assert place.work(slow, keep_seconds=0.03) == Ending.DONE


def test_a_service_that_is_away_hands_the_job_back(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise Unavailable("S3 did not answer")

    monkeypatch.setattr(place.landing, "fetch", away)
    assert place.work(never) == Ending.HANDED_BACK
    assert place.said[-1] == "S3 did not answer"


def test_a_bucket_that_takes_no_failure_leaves_the_exit_code(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> str:
        raise Denied("not allowed")

    monkeypatch.setattr(place.documents, "write", refused)
    assert place.work(rejects) == Ending.FAILED


@pytest.mark.parametrize("uri", ["acme/runs/1/job.json", "s3://artifact", "https://example.org/job.json"])
def test_an_address_that_is_none_fails(place: Place, uri: str) -> None:
    assert place.work(never, uri) == Ending.FAILED
