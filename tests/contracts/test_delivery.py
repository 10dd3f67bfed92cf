"""What is sent arrives whole and with its digest."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from millrace.adapters.delivery import S3Delivery
from millrace.adapters.landing import S3Landing
from millrace.adapters.session import Clients
from millrace.domain import digest
from millrace.domain.errors import NotFound
from millrace.ports import Delivery, Landing
from tests.fakes.delivery import FakeDelivery
from tests.fakes.landing import FakeLanding

PART = 5 << 20  # bytes; S3 takes no smaller part but the last
SIZE = 96 << 20
CONTENT = bytes(range(256)) * 9000  # more than two chunks


@pytest.fixture(params=["fake", "aws"])
def sides(request: pytest.FixtureRequest) -> tuple[Delivery, Landing]:
    """The way in, and the way to look at what came."""
    if request.param == "fake":
        landing = FakeLanding()
        return FakeDelivery(landing), landing
    s3, bucket = request.getfixturevalue("clients").s3(), request.getfixturevalue("bucket")
    return S3Delivery(s3, bucket), S3Landing(s3, bucket)


def test_what_is_sent_lies_there_as_a_version_of_its_own(sides: tuple[Delivery, Landing], tenant: str) -> None:
    delivery, landing = sides
    first, second = (delivery.send(f"{tenant}/iris/truth/é.jsonl", content) for content in (b"1", b"22"))
    assert (first.size, first.digest) == (1, digest.of_bytes(b"1"))
    assert first.version_id != second.version_id
    for sent in (first, second):
        assert landing.stat(sent.key, sent.version_id) == sent
    assert landing.read(first.key, 10) == b"22"


@pytest.mark.parametrize("as_file", [True, False])
def test_an_upload_has_its_digest_and_its_version(
    clients: Clients, bucket: str, tenant: str, tmp_path: Path, *, as_file: bool
) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(CONTENT)
    key = f"{tenant}/données/fichier été.csv"
    sent = S3Delivery(clients.s3(), bucket).send(key, path if as_file else CONTENT)
    assert (sent.bucket, sent.key, sent.digest, sent.size) == (bucket, key, digest.of_bytes(CONTENT), len(CONTENT))
    assert sent.version_id
    landing = S3Landing(clients.s3(), bucket)
    assert landing.stat(key, None) == sent
    landing.fetch(sent, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == CONTENT


def test_a_second_upload_is_a_second_version(clients: Clients, bucket: str, tenant: str) -> None:
    delivery = S3Delivery(clients.s3(), bucket)
    first, second = delivery.send(f"{tenant}/d/x.csv", b"1"), delivery.send(f"{tenant}/d/x.csv", b"")
    assert first.version_id != second.version_id
    assert S3Landing(clients.s3(), bucket).stat(first.key, first.version_id) == first


def test_a_bucket_that_is_not_there(clients: Clients) -> None:
    with pytest.raises(NotFound):
        S3Delivery(clients.s3(), "no-such-bucket-anywhere").send("a/b/c", b"")


def test_a_large_file_goes_in_parts_and_is_described_by_reading_it(
    clients: Clients, bucket: str, tenant: str, tmp_path: Path
) -> None:
    """S3 has the digest of each part and none of the whole, so `stat` streams it."""
    path, block = tmp_path / "large.csv", bytes(range(256)) * 4096
    path.write_bytes(block * 11 + b"the end")
    delivery = S3Delivery(clients.s3(), bucket, part_bytes=PART)
    sent = delivery.send(f"{tenant}/d/large.csv", path)
    assert (sent.digest, sent.size) == (digest.of_bytes(path.read_bytes()), 11 * len(block) + 7)
    head = clients.s3().head_object(Bucket=bucket, Key=sent.key, ChecksumMode="ENABLED")
    assert head["ETag"].strip('"').endswith("-3")
    assert S3Landing(clients.s3(), bucket).stat(sent.key, None) == sent
    small = delivery.send(f"{tenant}/d/small.csv", CONTENT)
    assert "-" not in clients.s3().head_object(Bucket=bucket, Key=small.key)["ETag"]


def test_memory_does_not_grow_with_the_file(clients: Clients, bucket: str, tenant: str, tmp_path: Path) -> None:
    """What sending and describing take at their most is less than the file."""
    path = tmp_path / "larger.csv"
    with path.open("wb") as file:
        file.truncate(SIZE)
    tracemalloc.start()
    try:
        sent = S3Delivery(clients.s3(), bucket, part_bytes=PART).send(f"{tenant}/d/larger.csv", path)
        S3Landing(clients.s3(), bucket).stat(sent.key, None)
        S3Landing(clients.s3(), bucket).fetch(sent, tmp_path / "back")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (tmp_path / "back").stat().st_size == SIZE
    assert most < SIZE / 2
