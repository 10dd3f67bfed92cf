from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from millrace.adapters.blobs import S3Blobs
from millrace.domain.digest import of_bytes
from millrace.domain.errors import Corrupt, NotFound
from millrace.domain.job import blob_key
from millrace.ports import Blobs
from tests.contracts.racing import race
from tests.fakes.blobs import FakeBlobs


@dataclass(frozen=True)
class Place:
    """Blobs, and a way to damage one behind their back."""

    blobs: Blobs
    damage: Callable[[str, str, bytes], None]


@pytest.fixture(params=["fake", "aws"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "fake":
        fake = FakeBlobs()
        return Place(fake, lambda tenant, digest, content: fake.held.update({(tenant, digest): content}))
    s3, bucket = request.getfixturevalue("clients").s3(), request.getfixturevalue("bucket")
    put = s3.put_object
    return Place(
        S3Blobs(s3, bucket),
        lambda tenant, digest, content: put(Bucket=bucket, Key=blob_key(tenant, digest), Body=content),
    )


@pytest.fixture
def blobs(place: Place) -> Blobs:
    return place.blobs


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 1000, bytes(5 << 20)], ids=["empty", "binary", "5 MiB"])
def test_what_was_put_comes_back(blobs: Blobs, tenant: str, content: bytes) -> None:
    digest = blobs.put(tenant, content)
    assert digest == of_bytes(content)
    assert blobs.get(tenant, digest) == content


def test_putting_again_changes_nothing(blobs: Blobs, tenant: str) -> None:
    assert blobs.put(tenant, b"model") == blobs.put(tenant, b"model")
    assert blobs.get(tenant, of_bytes(b"model")) == b"model"


def test_twelve_may_put_the_same_at_once(blobs: Blobs, tenant: str) -> None:
    assert set(race(12, lambda _: blobs.put(tenant, b"model"))) == {of_bytes(b"model")}


def test_another_tenant_has_none_of_it(blobs: Blobs, tenant: str) -> None:
    digest = blobs.put(tenant, b"model")
    with pytest.raises(NotFound):
        blobs.get(f"{tenant}-2", digest)


def test_an_absent_blob_is_not_found(blobs: Blobs, tenant: str) -> None:
    with pytest.raises(NotFound):
        blobs.get(tenant, of_bytes(b"never put"))


def test_damaged_bytes_are_corrupt(place: Place, tenant: str) -> None:
    digest = place.blobs.put(tenant, b"model")
    place.damage(tenant, digest, b"m0del")
    with pytest.raises(Corrupt) as caught:
        place.blobs.get(tenant, digest)
    assert caught.value.code == "digest_mismatch"


def test_putting_does_not_hide_damage(place: Place, tenant: str) -> None:
    place.damage(tenant, of_bytes(b"model"), b"m0del")
    place.blobs.put(tenant, b"model")  # content that is there already is not sent again
    with pytest.raises(Corrupt):
        place.blobs.get(tenant, of_bytes(b"model"))
