"""Every sample input of `admit`, replayed by its real handler."""

from __future__ import annotations

import io
import json

import pytest

from millrace.domain import digest
from millrace.domain.errors import NotFound
from millrace.domain.job import Job
from millrace.domain.run import DataLocation
from millrace.domain.spec import Spec
from tests import samples
from tests.events import EVENTS, load
from tests.functions.place import Context, Handler, Place

RUN_ID = load("admit-ticket")["run_id"]


def given(place: Place, content: bytes) -> None:
    """The ticket's run, over an upload with this content."""
    version = place.upload(samples.KEY, content)
    data = DataLocation(f"{place.name}-landing", samples.KEY, version, digest.of_bytes(content), len(content))
    place.runs.claim(samples.run(id=RUN_ID, data=data))


def test_every_sample_is_replayed() -> None:
    assert [path.stem for path in EVENTS.glob("admit-*.json")] == ["admit-ticket"]


def test_replay(handler: Handler, place: Place) -> None:
    given(place, samples.CSV)
    answer = handler(load("admit-ticket"), Context())
    key = f"acme/runs/{RUN_ID}/1/job.json"
    assert answer == {"job_uri": f"s3://{place.name}-artifact/{key}", "backend": "worker"}
    assert place.documents.read(Job, key).data.digest == samples.DATA.digest


def test_several_jobs_are_answered_with_their_addresses(handler: Handler, place: Place) -> None:
    version = place.upload(samples.KEY, samples.CSV)
    data = DataLocation(f"{place.name}-landing", samples.KEY, version, samples.DATA.digest, samples.DATA.size)
    place.runs.claim(samples.run(id=RUN_ID, data=data, spec=Spec(jobs=2)))
    answer = handler(load("admit-ticket"), Context())
    prefix = f"s3://{place.name}-artifact/acme/runs/{RUN_ID}/1"
    assert answer == {
        "job_uri": f"{prefix}/job.json",
        "backend": "worker",
        "parts": [{"job_uri": f"{prefix}/parts/{number}/job.json", "part": number} for number in (1, 2)],
    }


def test_a_rejection_is_answered_with_its_class_and_its_reason(handler: Handler, place: Place) -> None:
    given(place, b"age,age\n1,2\n")
    answer = handler(load("admit-ticket"), Context())
    assert answer["Error"] == "Rejected"
    assert json.loads(answer["Cause"]) == {
        "error": "Rejected",
        "code": "duplicate_column",
        "message": "2 columns are named 'age'",
        "hint": "give each column a name of its own",
        "field": "age",
    }


def test_only_the_head_of_a_large_file_is_read(handler: Handler, place: Place) -> None:
    given(place, b"a,b\n" + b"1,2\n" * 100_000 + b"\xff\xff")
    assert handler(load("admit-ticket"), Context())["backend"] == "worker"


def test_a_ticket_without_a_run_is_not_found(handler: Handler) -> None:
    with pytest.raises(NotFound):
        handler(load("admit-ticket"), Context())


def test_the_log_names_the_run_and_the_code_only(log: io.StringIO, handler: Handler, place: Place) -> None:
    given(place, b"secretname,secretname\n1,2\n")
    handler(load("admit-ticket"), Context())
    out = log.getvalue()
    line = json.loads(out.splitlines()[-1])
    assert (line["tenant"], line["run_id"], line["attempt"], line["code"]) == ("acme", RUN_ID, 1, "duplicate_column")
    assert "secretname" not in out
