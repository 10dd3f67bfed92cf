"""Presigned URLs, by which a caller without AWS credentials puts one file in the landing bucket."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from millrace.adapters.errors import translated
from millrace.domain.errors import InvalidInput
from millrace.ports import PresignedPut

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

LONGEST = 7 * 24 * 3600  # seconds, signature version 4's bound


class S3Uploads:
    """Implements ports.Uploads."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        """`client` must sign with version 4, as `session.Clients.s3` does."""
        self._client, self._bucket = client, bucket

    def presign(self, key: str, size: int, sha256: str, seconds: int) -> PresignedPut:
        """A PUT to this landing key until it expires, or its signer's credentials do.

        Size and SHA-256 (hex) are signed as headers: S3 takes no other length, and checks the digest before it stores.
        """
        if not 1 <= seconds <= LONGEST:
            raise InvalidInput(f"an upload can be open for 1 to {LONGEST} seconds, not {seconds}", field="seconds")
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        with translated(f"upload {key}"):
            url = self._client.generate_presigned_url(
                "put_object",
                Params={"Bucket": self._bucket, "Key": key, "ContentLength": size, "ChecksumSHA256": checksum},
                ExpiresIn=seconds,
                HttpMethod="PUT",
            )
        return PresignedPut(url, {"content-length": str(size), "x-amz-checksum-sha256": checksum})
