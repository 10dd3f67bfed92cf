"""Uploads in the landing bucket, read by version, so that what was admitted is what is trained on."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from millrace.adapters.errors import code_of, translated
from millrace.domain import digest
from millrace.domain.errors import Conflict, Corrupt, NotFound, TooLarge, Unavailable
from millrace.domain.run import DataLocation

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

CHUNK = 1 << 20  # bytes
FETCHES = 3


class S3Landing:
    """Implements ports.Landing."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def stat(self, key: str, version_id: str | None, etag: str = "") -> DataLocation:
        """Describe an object; hashes it by streaming when S3 holds no SHA-256. Raises NotFound if it is gone.

        Without `version_id` it is the newest version, pinned; raises Conflict when that has another etag than is given.
        S3 checked a stored SHA-256 when the object arrived.
        """
        with translated(f"upload {key}"):
            head = self._client.head_object(
                Bucket=self._bucket, Key=key, ChecksumMode="ENABLED", **_version(version_id)
            )
        if version_id is None and etag and head["ETag"].strip('"') != etag.strip('"'):
            raise Conflict(f"the upload {key} was replaced", code="replaced")
        pinned = head.get("VersionId", version_id)
        content = _whole_digest(head) or self._hash(key, pinned, head["ETag"])
        return DataLocation(self._bucket, key, pinned, content, head["ContentLength"])

    def head(self, location: DataLocation, size: int) -> bytes:
        """The first `size` bytes, or fewer. Raises NotFound."""
        if size <= 0 or location.size == 0:
            return b""  # S3 has no range for nothing
        with translated(f"upload {location.key}"):
            answer = self._client.get_object(
                Bucket=location.bucket,
                Key=location.key,
                Range=f"bytes=0-{size - 1}",
                **_version(location.version_id),
            )
            with closing(answer["Body"]) as body:
                return body.read(size)  # not all of it: some clouds ignore the range of an older version

    def read(self, key: str, limit: int) -> bytes | None:
        """A small object's newest bytes, or None where there is none. Raises TooLarge beyond `limit` bytes."""
        try:
            with translated(f"upload {key}"):
                answer = self._client.get_object(Bucket=self._bucket, Key=key)
                with closing(answer["Body"]) as body:
                    content = body.read(limit + 1)
        except NotFound:
            return None
        if len(content) > limit:
            raise TooLarge(f"{key} has {answer['ContentLength']} bytes; at most {limit} are read", field=key)
        return content

    def files(self, prefix: str, limit: int) -> Sequence[str]:
        """At most `limit` keys that begin so and have no further slash, in order."""
        with translated(f"uploads {prefix}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix, Delimiter="/", PaginationConfig={"MaxItems": limit}
            )
            return sorted(each["Key"] for page in pages for each in page.get("Contents", ()))

    def fetch(self, location: DataLocation, into: Path) -> None:
        """Copy the object to a file in bounded memory. Raises NotFound, or Corrupt when its digest differs."""
        for attempt in range(1, FETCHES + 1):
            try:
                found = self._copy(location, into)
                break
            except Unavailable:  # the stream broke off
                if attempt == FETCHES:
                    raise
        if found != location.digest:
            into.unlink()
            raise Corrupt(
                f"{location.key} has the digest {found}, not {location.digest}",
                code="digest_mismatch",
                hint="the upload changed after it was admitted: upload it again",
            )

    def _copy(self, location: DataLocation, into: Path) -> str:
        """Write the object to a file in one request; its digest. No file is left when it fails."""
        # Not `download_file`: its HEAD and its ranges of an older version are answered wrongly by some clouds, and to a
        # role that may not list, S3 answers a HEAD of an absent object with a bare 403.
        with translated(f"upload {location.key}"):
            answer = self._client.get_object(Bucket=location.bucket, Key=location.key, **_version(location.version_id))
            running = hashlib.sha256()
            try:
                with closing(answer["Body"]) as body, into.open("wb") as file:
                    for chunk in body.iter_chunks(CHUNK):
                        running.update(chunk)
                        file.write(chunk)
            except BaseException:  # whatever ends it, half a file must not be taken for the upload
                into.unlink(missing_ok=True)
                raise
        return running.hexdigest()

    def _hash(self, key: str, version_id: str | None, etag: str) -> str:
        with translated(f"upload {key}"):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=key, IfMatch=etag, **_version(version_id))
            except ClientError as error:
                if code_of(error) == "PreconditionFailed":  # overwritten meanwhile, in a bucket without versions
                    raise Conflict(f"the upload {key} was replaced while it was read", code="replaced") from error
                raise
            chunks: Iterator[bytes] = answer["Body"].iter_chunks(CHUNK)
            return digest.of_chunks(chunks)


def _version(version_id: str | None) -> Any:
    return {} if version_id is None else {"VersionId": version_id}


def _whole_digest(head: Any) -> str | None:
    """The SHA-256 that S3 holds of the whole content; a multipart upload's is of its parts' digests ('-N'), so none."""
    stored = head.get("ChecksumSHA256")
    if stored is None or "-" in stored or head.get("ChecksumType") == "COMPOSITE":
        return None
    return base64.b64decode(stored).hex()
