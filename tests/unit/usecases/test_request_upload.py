"""An upload's URL is for the caller's tenant and for a file that would be taken."""

from __future__ import annotations

import pytest

from millrace.domain.errors import InvalidInput, TooLarge
from millrace.usecases.request_upload import PUT_BYTES, UPLOAD_SECONDS, UploadRequest, UploadSlot, request_upload
from tests.fakes.uploads import FakeUploads

SHA256 = "0" * 64
LIMIT = 100_000


def ask(
    file: str = "data.csv", size: int = 4, sha256: str = SHA256, *, dataset: str = "credit", limit: int = LIMIT
) -> UploadSlot:
    return request_upload(UploadRequest("acme", dataset, file, size, sha256), FakeUploads(), max_bytes=limit)


@pytest.mark.parametrize("file", ["data.csv", "d.PARQUET", "spec.yaml", "part-0.csv", "_SUCCESS"])
def test_a_slot_is_given(file: str) -> None:
    slot = ask(file)
    assert slot.key == f"acme/credit/{file}"
    assert slot.url == f"https://uploads.example/landing/acme/credit/{file}?expires={UPLOAD_SECONDS}"
    assert slot.headers == {"content-length": "4", "x-amz-checksum-sha256": "A" * 43 + "="}
    assert slot.expires_seconds == UPLOAD_SECONDS


@pytest.mark.parametrize(
    ("dataset", "file", "code"),
    [
        ("Credit", "data.csv", "invalid_name"),
        ("..", "data.csv", "invalid_name"),
        ("credit", "../../other/credit/data.csv", "invalid_key"),
        ("credit", "..", "invalid_key"),
        ("credit", "", "invalid_key"),
        ("credit", "data.xlsx", "unsupported_format"),
        ("credit", "spec.yml", "unsupported_format"),
    ],
)
def test_what_would_not_be_taken_is_refused(dataset: str, file: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        ask(file, dataset=dataset)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("file", "most", "limit"),
    [("data.csv", LIMIT, LIMIT), ("spec.yaml", 64 * 1024, LIMIT), ("data.csv", PUT_BYTES, PUT_BYTES * 2)],
)
def test_a_file_beyond_the_limit_is_refused(file: str, most: int, limit: int) -> None:
    assert ask(file, most, limit=limit).headers["content-length"] == str(most)
    with pytest.raises(TooLarge) as caught:
        ask(file, most + 1, limit=limit)
    assert (caught.value.code, caught.value.field) == ("too_large", "bytes")


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        ask(size=-1)
    assert caught.value.field == "bytes"


@pytest.mark.parametrize("sha256", ["", "0" * 63, "0" * 65, "G" * 64, "0" * 64 + "\n"])
def test_a_digest_that_is_none_is_refused(sha256: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        ask(sha256=sha256)
    assert caught.value.field == "sha256"
