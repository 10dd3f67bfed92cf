"""Formats by name, and what an unread upload is called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from millrace.domain.errors import Rejected
from millrace.domain.upload import Compression, FileFormat, Format, Upload, format_of

UPLOAD = Upload("landing", "acme/credit/data.csv", 10, "etag", "v1")


@pytest.mark.parametrize(
    ("file", "rows", "compression"),
    [
        ("a.csv", Format.CSV, None),
        ("A.CSV", Format.CSV, None),
        ("a.xlsx.csv", Format.CSV, None),
        ("a.tsv", Format.CSV, None),
        ("a.txt", Format.CSV, None),
        ("a.csv.gz", Format.CSV, Compression.GZIP),
        ("a.CSV.ZST", Format.CSV, Compression.ZSTD),
        ("a.jsonl", Format.JSON_LINES, None),
        ("a.ndjson.gz", Format.JSON_LINES, Compression.GZIP),
        ("a.b.parquet", Format.PARQUET, None),
    ],
)
def test_known_extensions(file: str, rows: Format, compression: Compression | None) -> None:
    assert format_of(file) == FileFormat(rows, compression)


@pytest.mark.parametrize(
    "file", ["data", "data.xlsx", "data.json", "data.gz", ".csv", ".csv.gz", "csv", "data.csv ", "data.parquet.gz"]
)
def test_others_are_rejected_with_what_is_taken(file: str) -> None:
    with pytest.raises(Rejected) as caught:
        format_of(file)
    assert (caught.value.code, caught.value.field) == ("unsupported_format", "file")
    assert ".csv, .tsv" in (caught.value.hint or "")
    assert ".parquet" in (caught.value.hint or "")


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
