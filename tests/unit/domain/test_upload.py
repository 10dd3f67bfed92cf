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


def test_an_upload_has_one_id_in_every_delivery_and_no_other_has_it() -> None:
    upload = replace(UPLOAD, arrived="0F")
    assert upload.id == replace(upload, size=11).id
    for other in (replace(upload, key="acme/credit/x.csv"), replace(upload, version_id="v2")):
        assert other.id != upload.id
    unversioned = replace(upload, version_id=None)
    assert replace(unversioned, etag="other").id != unversioned.id
    assert replace(unversioned, arrived="10").id != unversioned.id


def test_a_folder_is_an_empty_object_whose_key_ends_so() -> None:
    assert replace(UPLOAD, key="acme/credit/", size=0).is_folder
    assert not replace(UPLOAD, key="acme/credit/", size=1).is_folder
    assert not replace(UPLOAD, size=0).is_folder
