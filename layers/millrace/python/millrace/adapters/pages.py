"""HTML pages in the artifact bucket, for a person who opens them in the console or by a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millrace.adapters.errors import translated

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class S3Pages:
    """Implements ports.Pages."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def write(self, page: str, key: str) -> str:
        """Store an HTML document, in place of an earlier one, and return its s3:// address."""
        with translated(f"page {key}"):
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=page.encode(),
                ContentType="text/html; charset=utf-8",
                ChecksumAlgorithm="SHA256",
            )
        return f"s3://{self._bucket}/{key}"
