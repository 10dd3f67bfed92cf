"""Formats by name, and what an unread upload is called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from millrace.domain.errors import Rejected
from millrace.domain.upload import Format, Upload, format_of

UPLOAD = Upload("landing", "acme/credit/data.csv", 10, "etag", "v1")


@pytest.mark.parametrize(
    ("file", "format_"),
    [("a.csv", Format.CSV), ("A.CSV", Format.CSV), ("a.b.parquet", Format.PARQUET), ("a.xlsx.csv", Format.CSV)],
)
def test_known_extensions(file: str, format_: Format) -> None:
    assert format_of(file) is format_


@pytest.mark.parametrize("file", ["data", "data.xlsx", "data.csv.gz", ".csv", "csv", "data.csv "])
def test_others_are_rejected_with_what_is_taken(file: str) -> None:
    with pytest.raises(Rejected) as caught:
        format_of(file)
    assert caught.value.code == "unsupported_format"
    assert caught.value.hint is not None
    assert ".csv or .parquet" in caught.value.hint


def test_an_unread_upload_is_named_by_its_event() -> None:
    place = UPLOAD.unread()
    assert (place.bucket, place.key, place.version_id, place.size) == ("landing", UPLOAD.key, "v1", 10)
    assert place == UPLOAD.unread()
    for other in (replace(UPLOAD, etag="other"), replace(UPLOAD, version_id=None), replace(UPLOAD, size=11)):
        assert other.unread().digest != place.digest
