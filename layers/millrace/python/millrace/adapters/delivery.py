"""A file on its way into the landing bucket, sent with its SHA-256 so that nobody need hash it again."""

from __future__ import annotations

import base64
import io
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from millrace.adapters.errors import translated
from millrace.domain import digest
from millrace.domain.run import DataLocation

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

CHUNK = 1 << 20  # bytes


class S3Delivery:
    """Puts one object in one request, so that S3 checks and keeps the digest of the whole: at most 5 GB."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def send(self, key: str, content: Path | bytes) -> DataLocation:
        """Upload and say where it lies. Raises OSError for a file that can't be read, Unavailable, Denied."""
        with self._open(content) as file:
            name = digest.of_chunks(iter(lambda: file.read(CHUNK), b""))
            size = file.tell()
            file.seek(0)
            with translated(f"upload {key}"):
                answer = self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=file,
                    ChecksumSHA256=base64.b64encode(bytes.fromhex(name)).decode(),
                )
        return DataLocation(self._bucket, key, answer.get("VersionId"), name, size)

    @staticmethod
    def _open(content: Path | bytes) -> AbstractContextManager[IO[bytes]]:
        return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
