from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import md5
from pathlib import Path

import pytest

from millrace.adapters.landing import S3Landing
from millrace.domain.digest import of_bytes
from millrace.domain.errors import Conflict, Corrupt, NotFound, TooLarge
from millrace.ports import Landing
from tests.fakes.landing import FakeLanding

CONTENT = "größe,farbe\n1,blau\n".encode()


@dataclass(frozen=True)
class Place:
    """A landing, its bucket's name, and ways to upload (the answer is the version's id) and to delete for ever."""

    landing: Landing
    bucket: str
    put: Callable[[str, bytes], str]
    delete: Callable[[str], None]


@pytest.fixture(params=["fake", "aws"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "fake":
        fake = FakeLanding()
        return Place(fake, fake.bucket, fake.put, fake.delete)
    s3, bucket = request.getfixturevalue("clients").s3(), request.getfixturevalue("bucket")

    def put(key: str, content: bytes) -> str:
        return str(s3.put_object(Bucket=bucket, Key=key, Body=content)["VersionId"])

    def delete(key: str) -> None:
        versions = s3.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
        for version in versions:
            s3.delete_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])

    return Place(S3Landing(s3, bucket), bucket, put, delete)


@pytest.fixture
def key(tenant: str) -> str:
    return f"{tenant}/iris/fichier été + 1.csv"


@pytest.mark.parametrize("content", [b"", CONTENT, bytes(3 << 20)], ids=["empty", "text", "3 MiB"])
def test_stat_describes_the_newest_version_and_pins_it(place: Place, key: str, content: bytes) -> None:
    place.put(key, b"older")
    version = place.put(key, content)
    found = place.landing.stat(key, None)
    assert (found.bucket, found.key, found.version_id) == (place.bucket, key, version)
    assert (found.digest, found.size) == (of_bytes(content), len(content))


def test_stat_describes_the_version_that_is_asked_for(place: Place, key: str) -> None:
    version = place.put(key, CONTENT)
    place.put(key, b"newer and longer, much longer")
    found = place.landing.stat(key, version)
    assert (found.version_id, found.digest, found.size) == (version, of_bytes(CONTENT), len(CONTENT))


def test_an_absent_upload_is_not_found(place: Place, key: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        place.landing.stat(key, None)
    place.put(key, CONTENT)
    location = place.landing.stat(key, None)
    place.delete(key)
    with pytest.raises(NotFound):
        place.landing.stat(key, location.version_id)
    with pytest.raises(NotFound):
        place.landing.head(location, 5)
    with pytest.raises(NotFound):
        place.landing.fetch(location, tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("size", "expected"), [(0, b""), (1, CONTENT[:1]), (8, CONTENT[:8]), (1000, CONTENT)])
def test_head_gives_the_first_bytes_of_the_pinned_version(place: Place, key: str, size: int, expected: bytes) -> None:
    place.put(key, CONTENT)
    location = place.landing.stat(key, None)
    place.put(key, b"newer")
    assert place.landing.head(location, size) == expected


def test_head_of_an_empty_upload_is_empty(place: Place, key: str) -> None:
    place.put(key, b"")
    assert place.landing.head(place.landing.stat(key, None), 100) == b""


def test_read_gives_the_newest_bytes_or_none(place: Place, key: str) -> None:
    assert place.landing.read(key, 100) is None
    place.put(key, b"older")
    place.put(key, CONTENT)
    assert place.landing.read(key, 100) == CONTENT


def test_read_refuses_beyond_its_limit_and_not_at_it(place: Place, key: str) -> None:
    place.put(key, CONTENT)
    assert place.landing.read(key, len(CONTENT)) == CONTENT
    with pytest.raises(TooLarge):
        place.landing.read(key, len(CONTENT) - 1)


@pytest.mark.parametrize("size", [0, 10, 20 << 20], ids=["empty", "small", "many parts"])
def test_fetch_copies_the_pinned_version(place: Place, key: str, tmp_path: Path, size: int) -> None:
    content = (b"0123456789" * (size // 10 + 1))[:size]
    place.put(key, content)
    location = place.landing.stat(key, None)
    place.put(key, b"newer")
    place.landing.fetch(location, tmp_path / "file.csv")
    assert (tmp_path / "file.csv").read_bytes() == content


def test_fetch_of_other_bytes_is_corrupt_and_leaves_no_file(place: Place, key: str, tmp_path: Path) -> None:
    place.put(key, CONTENT)
    location = replace(place.landing.stat(key, None), digest=of_bytes(b"other"))
    with pytest.raises(Corrupt) as caught:
        place.landing.fetch(location, tmp_path / "file.csv")
    assert caught.value.code == "digest_mismatch"
    assert list(tmp_path.iterdir()) == []


def test_stat_refuses_a_newest_version_that_is_not_the_one_meant(place: Place, key: str) -> None:
    place.put(key, CONTENT)
    etag = md5(CONTENT, usedforsecurity=False).hexdigest()
    assert place.landing.stat(key, None, etag).size == len(CONTENT)
    version = place.put(key, b"newer")
    with pytest.raises(Conflict):
        place.landing.stat(key, None, etag)
    assert place.landing.stat(key, version, etag).size == 5  # a version can't have been replaced


def test_files_are_listed_by_their_beginning_in_order(place: Place, tenant: str) -> None:
    for name in ("part-2", "part-10", "part-1", "_SUCCESS", "part-1/deeper", "other"):
        place.put(f"{tenant}/iris/{name}", CONTENT)
    place.put(f"{tenant}/iris-2/part-1", CONTENT)
    assert list(place.landing.files(f"{tenant}/iris/part-", 9)) == [
        f"{tenant}/iris/part-{number}" for number in ("1", "10", "2")
    ]
    assert len(place.landing.files(f"{tenant}/iris/part-", 2)) == 2
    assert list(place.landing.files(f"{tenant}/nothing/", 2)) == []
