"""Content-addressed bytes in the artifact bucket: named by their SHA-256, so that saving twice is saving once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millrace.adapters.errors import translated
from millrace.adapters.put_new import put_new
from millrace.adapters.table import Pause
from millrace.domain import digest as digests
from millrace.domain.errors import Corrupt
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
        put_new(self._client, self._bucket, blob_key(tenant, digest), content, pause=self._pause, what=f"blob {digest}")
        return digest

    def get(self, tenant: str, digest: str) -> bytes:
        """The bytes, verified. Raises NotFound, or Corrupt when they don't match `digest`."""
        with translated(f"blob {digest} of {tenant}"):
            answer = self._client.get_object(Bucket=self._bucket, Key=blob_key(tenant, digest))
            content = answer["Body"].read()
        found = digests.of_bytes(content)
        if found != digest:
            raise Corrupt(f"the blob {digest} holds other bytes, of digest {found}", code="digest_mismatch")
        return content
