from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from millrace.adapters.objects import S3Objects
from millrace.ports import Objects
from tests.fakes.objects import FakeObjects


@dataclass(frozen=True)
class Bucket:
    """Objects, a way to put one, and a way to delete one as people do: by a marker."""

    objects: Objects
    put: Callable[[str, bytes], object]
    hide: Callable[[str], object]


@pytest.fixture(params=["fake", "aws"])
def place(request: pytest.FixtureRequest) -> Bucket:
    if request.param == "fake":
        fake = FakeObjects()
        return Bucket(fake, fake.put, lambda key: fake.put(key, None))
    s3, bucket = request.getfixturevalue("clients").s3(), request.getfixturevalue("bucket")
    return Bucket(
        S3Objects(s3, bucket),
        lambda key, content: s3.put_object(Bucket=bucket, Key=key, Body=content),
        lambda key: s3.delete_object(Bucket=bucket, Key=key),
    )


def test_every_version_is_counted_and_removed(place: Bucket, tenant: str) -> None:
    for content in (b"one", b"three", b""):
        place.put(f"{tenant}/a/été 1.csv", content)
    place.put(f"{tenant}/b", b"kept")
    place.hide(f"{tenant}/a/été 1.csv")
    found = place.objects.under(f"{tenant}/a/")
    assert [(each.key, each.versions, each.size) for each in found] == [(f"{tenant}/a/été 1.csv", 4, 8)]
    place.objects.remove(each.key for each in found)
    assert [each.key for each in place.objects.under(f"{tenant}/")] == [f"{tenant}/b"]


def test_a_key_s_longer_neighbours_stay(place: Bucket, tenant: str) -> None:
    place.put(f"{tenant}/x", b"1")
    place.put(f"{tenant}/x.csv", b"2")
    place.objects.remove([f"{tenant}/x"])
    assert [each.key for each in place.objects.under(f"{tenant}/")] == [f"{tenant}/x.csv"]


def test_what_is_gone_is_removed_again_without_a_word(place: Bucket, tenant: str) -> None:
    assert list(place.objects.under(f"{tenant}/")) == []
    place.objects.remove([f"{tenant}/nothing"])


def test_more_than_one_page_goes(place: Bucket, tenant: str) -> None:
    for number in range(1005):
        place.put(f"{tenant}/{number:04}", b"")
    place.objects.remove(each.key for each in place.objects.under(f"{tenant}/"))
    assert list(place.objects.under(f"{tenant}/")) == []
