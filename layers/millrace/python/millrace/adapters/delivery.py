"""A file on its way into the landing bucket, in bounded memory whatever its size."""

from __future__ import annotations

import base64
import io
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from boto3.s3.transfer import TransferConfig

from millrace.adapters.errors import translated
from millrace.domain import digest
from millrace.domain.run import DataLocation

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

CHUNK = 1 << 20  # bytes
PART_BYTES = 64 << 20  # of a larger file; S3 takes 10,000 parts, and 5 GB in one piece
AT_ONCE = 4  # parts on their way


class S3Delivery:
    """Implements ports.Delivery, for files too.

    One is put in one request with its SHA-256, which S3 checks and keeps; a large one in parts, each with its own. Then
    S3 knows no digest of the whole, and whoever needs it reads the file.
    """

    def __init__(self, client: S3Client, bucket: str, *, part_bytes: int = PART_BYTES) -> None:
        self._client, self._bucket, self._part_bytes = client, bucket, part_bytes

    def send(self, key: str, content: Path | bytes) -> DataLocation:
        """Upload and say where it lies. Raises OSError for a file that can't be read, Unavailable, Denied."""
        with self._open(content) as file:
            name = digest.of_chunks(iter(lambda: file.read(CHUNK), b""))
            size = file.tell()
            file.seek(0)
            with translated(f"upload {key}"):
                if isinstance(content, Path) and size > self._part_bytes:
                    version = self._in_parts(key, content)
                else:
                    version = self._whole(key, file, name)
        return DataLocation(self._bucket, key, version, name, size)

    def _whole(self, key: str, file: IO[bytes], name: str) -> str | None:
        answer = self._client.put_object(
            Bucket=self._bucket,
            Key=key,
            Body=file,
            ChecksumSHA256=base64.b64encode(bytes.fromhex(name)).decode(),
        )
        return answer.get("VersionId")

    def _in_parts(self, key: str, path: Path) -> str | None:
        parts = TransferConfig(
            multipart_threshold=self._part_bytes, multipart_chunksize=self._part_bytes, max_concurrency=AT_ONCE
        )
        self._client.upload_file(str(path), self._bucket, key, ExtraArgs={"ChecksumAlgorithm": "SHA256"}, Config=parts)
        return self._client.head_object(Bucket=self._bucket, Key=key).get("VersionId")  # the transfer does not tell it

    @staticmethod
    def _open(content: Path | bytes) -> AbstractContextManager[IO[bytes]]:
        return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
