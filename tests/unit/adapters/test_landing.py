from __future__ import annotations

import io
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from millrace.adapters.landing import CHUNK, FETCHES, S3Landing
from millrace.domain.digest import of_bytes
from millrace.domain.errors import Conflict, Unavailable
from millrace.domain.run import DataLocation


class S3:
    """A bucket whose one object has no SHA-256; each request is streamed from the next of `bodies`."""

    def __init__(self, size: int, *bodies: io.RawIOBase, etag: str = "1") -> None:
        self._bodies, self._size, self._etag = list(bodies), size, etag
        self.asked: dict[str, Any] = {}

    def head_object(self, **_: object) -> dict[str, object]:
        return {"ContentLength": self._size, "ETag": "1", "VersionId": "v1"}

    def get_object(self, **given: Any) -> dict[str, object]:
        self.asked = given
        if given.get("IfMatch", self._etag) != self._etag:
            raise ClientError(cast("Any", {"Error": {"Code": "PreconditionFailed"}}), "GetObject")
        return {"Body": StreamingBody(cast("Any", self._bodies.pop(0)), self._size)}


class Zeros(io.RawIOBase):
    """Some zero bytes, never held together; remembers the largest piece that was asked for."""

    def __init__(self, size: int) -> None:
        self.left, self.largest = size, 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0
        self.largest = max(self.largest, size)
        given = min(size, self.left)
        self.left -= given
        return bytes(given)


def landing(client: S3) -> S3Landing:
    return S3Landing(cast("Any", client), "landing")


def test_a_large_object_is_hashed_a_piece_at_a_time() -> None:
    size = 64 * CHUNK
    zeros = Zeros(size)
    found = landing(client := S3(size, zeros)).stat("t/d/f.csv", None)
    assert found.digest == of_bytes(bytes(size))
    assert zeros.largest == CHUNK
    assert client.asked["VersionId"] == "v1"  # the version that was described, not the newest


def test_an_object_that_is_replaced_while_it_is_read_is_no_content() -> None:
    with pytest.raises(Conflict):
        landing(S3(CHUNK, Zeros(CHUNK), etag="2")).stat("t/d/f.csv", None)


def test_a_stream_that_breaks_off_is_no_content() -> None:
    with pytest.raises(Unavailable):
        landing(S3(CHUNK, Zeros(CHUNK - 1))).stat("t/d/f.csv", None)


SIZE = 8 * CHUNK
LOCATION = DataLocation("landing", "t/d/f.csv", "v1", of_bytes(bytes(SIZE)), SIZE)


def test_a_fetch_goes_a_piece_at_a_time_and_begins_again_when_it_breaks_off(tmp_path: Path) -> None:
    whole = Zeros(SIZE)
    client = S3(SIZE, Zeros(SIZE - 1), Zeros(0), whole)
    landing(client).fetch(LOCATION, tmp_path / "f.csv")
    assert (tmp_path / "f.csv").stat().st_size == SIZE
    assert whole.largest == CHUNK
    assert client.asked["VersionId"] == "v1"


def test_a_fetch_that_keeps_breaking_off_is_given_up_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        landing(S3(SIZE, *(Zeros(SIZE - 1) for _ in range(FETCHES)))).fetch(LOCATION, tmp_path / "f.csv")
    assert list(tmp_path.iterdir()) == []
