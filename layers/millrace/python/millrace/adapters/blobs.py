"""Content-addressed bytes in the artifact bucket: named by their SHA-256, so that saving twice is saving once."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from millrace.adapters.errors import code_of, translated
from millrace.adapters.table import ATTEMPTS, Pause
from millrace.domain import digest as digests
from millrace.domain.errors import Corrupt, Unavailable
from millrace.domain.job import blob_key

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class S3Blobs:
    """Implements ports.Blobs."""

    def __init__(self, client: S3Client, bucket: str, pause: Pause | None = None) -> None:
        self._client, self._bucket, self._pause = client, bucket, pause or Pause()

    def put(self, tenant: str, content: bytes) -> str:
        """Store and return the SHA-256; storing the same bytes again changes nothing."""
        digest = digests.of_bytes(content)
        for attempt in range(ATTEMPTS):
            self._pause(attempt)
            if self._put_once(blob_key(tenant, digest), digest, content):
                return digest
        raise Unavailable(f"the blob {digest} is being written by too many at once")

    def get(self, tenant: str, digest: str) -> bytes:
        """The bytes, verified. Raises NotFound, or Corrupt when they don't match `digest`."""
        with translated(f"blob {digest} of {tenant}"):
            answer = self._client.get_object(Bucket=self._bucket, Key=blob_key(tenant, digest))
            content = answer["Body"].read()
        found = digests.of_bytes(content)
        if found != digest:
            raise Corrupt(f"the blob {digest} holds other bytes, of digest {found}", code="digest_mismatch")
        return content

    def _put_once(self, key: str, digest: str, content: bytes) -> bool:
        """Whether the blob is stored now; False when another writer was half way, and S3 asks to try again."""
        with translated(f"blob {digest}"):
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=content,
                    IfNoneMatch="*",
                    ChecksumAlgorithm="SHA256",
                    ChecksumSHA256=base64.b64encode(bytes.fromhex(digest)).decode(),
                )
            except ClientError as error:
                if code_of(error) == "ConditionalRequestConflict":
                    return False
                if code_of(error) != "PreconditionFailed":  # which means that it was there already
                    raise
        return True
