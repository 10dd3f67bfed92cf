"""Objects that are written once, named by what they hold, so that writing again changes nothing."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from millrace.adapters.errors import code_of, translated
from millrace.adapters.table import ATTEMPTS, Pause
from millrace.domain import digest as digests
from millrace.domain.errors import Unavailable

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


def put_new(client: S3Client, bucket: str, key: str, content: bytes, *, pause: Pause, what: str) -> None:
    """Store unless the key is taken, with a checksum. `what` is a noun for errors. Raises Unavailable."""
    for attempt in range(ATTEMPTS):
        pause(attempt)
        if _put_once(client, bucket, key, content, what):
            return
    raise Unavailable(f"the {what} is being written by too many at once")


def _put_once(client: S3Client, bucket: str, key: str, content: bytes, what: str) -> bool:
    """Whether it is stored now; False when another writer was half way, and S3 asks to try again."""
    with translated(what):
        try:
            client.put_object(
                Bucket=bucket,
                Key=key,
                Body=content,
                IfNoneMatch="*",
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=base64.b64encode(bytes.fromhex(digests.of_bytes(content))).decode(),
            )
        except ClientError as error:
            if code_of(error) == "ConditionalRequestConflict":
                return False
            if code_of(error) != "PreconditionFailed":  # which means that it was there already
                raise
    return True
