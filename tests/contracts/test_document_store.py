from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from millrace.adapters.document_store import S3Documents
from millrace.domain.errors import Corrupt, NotFound
from millrace.domain.job import Job, JobResult
from millrace.domain.spec import Spec, Task
from millrace.ports import Documents
from tests.contracts.samples import location
from tests.fakes.document_store import FakeDocuments


@dataclass(frozen=True)
class Place:
    """Documents, the bucket they say they are in, and a way to write bytes behind their back."""

    documents: Documents
    bucket: str
    put: Callable[[str, bytes], object]


@pytest.fixture(params=["fake", "aws"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "fake":
        fake = FakeDocuments()
        return Place(fake, fake.bucket, lambda key, content: fake.held.update({key: content}))
    s3, bucket = request.getfixturevalue("clients").s3(), request.getfixturevalue("bucket")
    return Place(
        S3Documents(s3, bucket), bucket, lambda key, content: s3.put_object(Bucket=bucket, Key=key, Body=content)
    )


@pytest.fixture
def job(tenant: str) -> Job:
    spec = Spec(
        target="größe", task=Task.BINARY, features=tuple(f"número {index}" for index in range(5000)), margin=0.1
    )
    return Job(tenant, "iris", "1" * 32, 1, location(), spec)


def test_what_was_written_is_read(place: Place, job: Job) -> None:
    assert place.documents.write(job, job.key) == f"s3://{place.bucket}/{job.key}"
    assert place.documents.read(Job, job.key) == job


def test_writing_again_replaces(place: Place, job: Job) -> None:
    place.documents.write(job, job.key)
    place.documents.write(replace(job, attempt=2), job.key)
    assert place.documents.read(Job, job.key) == replace(job, attempt=2)


def test_an_absent_document_is_not_found(place: Place, job: Job) -> None:
    with pytest.raises(NotFound):
        place.documents.read(JobResult, job.result_key)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"model_digest":1,"manifest_digest":"b","report_digest":"c"}', b'{"model_digest":"a"}'],
)
def test_other_bytes_are_corrupt(place: Place, job: Job, content: bytes) -> None:
    place.put(job.result_key, content)
    with pytest.raises(Corrupt):
        place.documents.read(JobResult, job.result_key)


def test_a_newer_document_says_to_upgrade(place: Place, job: Job) -> None:
    place.put(job.result_key, b'{"schema_version":2}')
    with pytest.raises(Corrupt) as caught:
        place.documents.read(JobResult, job.result_key)
    assert caught.value.code == "newer_record"
    assert "upgrade" in (caught.value.hint or "")


def test_nothing_is_written_that_json_can_not_say(place: Place, job: Job) -> None:
    with pytest.raises(ValueError, match="JSON"):
        place.documents.write(replace(job, spec=Spec(margin=float("nan"))), job.key)
    with pytest.raises(NotFound):
        place.documents.read(Job, job.key)
