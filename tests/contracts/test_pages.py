from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from millrace.adapters.pages import S3Pages
from millrace.ports import Pages
from tests.fakes.pages import FakePages


@dataclass(frozen=True)
class Place:
    """Pages, the bucket they say they are in, and a way to look."""

    pages: Pages
    bucket: str
    look: Callable[[str], str]


@pytest.fixture(params=["fake", "aws"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "fake":
        fake = FakePages()
        return Place(fake, fake.bucket, lambda key: fake.held[key])
    s3, bucket = request.getfixturevalue("clients").s3(), request.getfixturevalue("bucket")
    return Place(S3Pages(s3, bucket), bucket, lambda key: s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())


def test_the_last_page_that_was_written_is_there(place: Place, tenant: str) -> None:
    key = f"{tenant}/runs/{'1' * 32}/1/report.html"
    assert place.pages.write("<!doctype html>first", key) == f"s3://{place.bucket}/{key}"
    place.pages.write("<!doctype html>größer ✓", key)
    assert place.look(key) == "<!doctype html>größer ✓"


def test_a_browser_is_told_what_it_is(request: pytest.FixtureRequest, tenant: str) -> None:
    s3, bucket = request.getfixturevalue("clients").s3(), request.getfixturevalue("bucket")
    S3Pages(s3, bucket).write("<!doctype html>", f"{tenant}/page.html")
    told = s3.head_object(Bucket=bucket, Key=f"{tenant}/page.html")
    assert told["ContentType"] == "text/html; charset=utf-8"
