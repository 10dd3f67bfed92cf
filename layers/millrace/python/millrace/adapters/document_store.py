"""Typed JSON documents in the artifact bucket: what the steps of a run hand one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from millrace.adapters import documents
from millrace.adapters.errors import translated

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

Document = TypeVar("Document")


class S3Documents:
    """Implements ports.Documents."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def read(self, kind: type[Document], key: str) -> Document:
        """Raises NotFound, or Corrupt when the bytes are not a `kind`."""
        with translated(f"document {key}"):
            content = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return documents.load(kind, content)

    def write(self, value: object, key: str) -> str:
        """Store a dataclass and return its s3:// address."""
        content = documents.dump(value)
        with translated(f"document {key}"):
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=content,
                ContentType="application/json",
                ChecksumAlgorithm="SHA256",
            )
        return f"s3://{self._bucket}/{key}"
