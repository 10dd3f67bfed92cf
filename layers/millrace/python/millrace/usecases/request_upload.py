"""A way in for a data owner without AWS credentials: one URL that takes one file, of the size and digest asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from millrace.domain.errors import InvalidInput, TooLarge
from millrace.domain.naming import UploadKey, check_name
from millrace.domain.upload import SPEC_BYTES, format_of
from millrace.ports import Uploads

UPLOAD_SECONDS = 900
PUT_BYTES = 5 * 1024**3  # S3's largest single PUT
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """What a caller wants to put: a file of a dataset, its size in bytes and the SHA-256 of its content in hex."""

    tenant: str
    dataset: str
    file: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class UploadSlot:
    """Where to PUT a file, with which headers, and until when. The URL is a secret while it lives."""

    url: str
    key: str
    headers: Mapping[str, str]
    expires_seconds: int


def request_upload(asked: UploadRequest, uploads: Uploads, *, max_bytes: int) -> UploadSlot:
    """A presigned PUT of exactly what was asked for.

    Raises InvalidInput for a name, a format or a digest that would not be taken, TooLarge beyond `max_bytes`.
    """
    key = UploadKey.parse(f"{asked.tenant}/{check_name(asked.dataset, 'dataset')}/{asked.file}")
    limit = SPEC_BYTES if key.is_spec else min(max_bytes, PUT_BYTES)
    if not (key.is_spec or key.is_marker):
        format_of(key.file)
    if asked.size < 0:
        raise InvalidInput("a file has no negative size", field="bytes")
    if asked.size > limit:
        raise TooLarge(f"the file has {asked.size} bytes; {limit} are allowed", field="bytes", hint="upload fewer rows")
    if not _SHA256.fullmatch(asked.sha256):
        raise InvalidInput("sha256 must be 64 digits 0-9 and a-f", field="sha256", hint="see `sha256sum FILE`")
    put = uploads.presign(str(key), asked.size, asked.sha256, UPLOAD_SECONDS)
    return UploadSlot(put.url, str(key), put.headers, UPLOAD_SECONDS)
