from __future__ import annotations

from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from millrace.adapters import table
from millrace.adapters.blobs import S3Blobs
from millrace.domain.digest import of_bytes
from millrace.domain.errors import Unavailable


class S3:
    """A bucket that answers each put with a code from a list; None is well."""

    def __init__(self, *codes: str | None) -> None:
        self.codes = list(codes)

    def put_object(self, **_: object) -> None:
        code = self.codes.pop(0)
        if code is not None:
            raise ClientError(cast("Any", {"Error": {"Code": code}}), "PutObject")


def blobs(s3: S3) -> S3Blobs:
    return S3Blobs(cast("Any", s3), "b", table.Pause(sleep=lambda _: None))


@pytest.mark.parametrize("codes", [(None,), ("PreconditionFailed",), ("ConditionalRequestConflict", None)])
def test_a_blob_is_stored_whoever_stores_it(codes: tuple[str | None, ...]) -> None:
    s3 = S3(*codes)
    assert blobs(s3).put("t", b"model") == of_bytes(b"model")
    assert s3.codes == []


def test_writers_that_never_finish_are_given_up() -> None:
    s3 = S3(*["ConditionalRequestConflict"] * table.ATTEMPTS)
    with pytest.raises(Unavailable):
        blobs(s3).put("t", b"model")
