"""Captures in their bucket: gzip JSON Lines, by tenant, model and hour, each object named by what it holds."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from pydantic_core import from_json

from millrace.adapters.errors import translated
from millrace.adapters.put_new import put_new
from millrace.adapters.table import Pause
from millrace.domain.capture import SUFFIX, CaptureLine, Partition
from millrace.domain.errors import Corrupt
from millrace.domain.inference_id import HOUR

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from types_boto3_s3 import S3Client

MAX_LINE = 1 << 24  # bytes; more than a call's whole body
LEVEL = 6  # of gzip: 9 takes three times as long for a hundredth less


class S3CaptureStore:
    """Implements ports.CaptureStore."""

    def __init__(self, client: S3Client, bucket: str, pause: Pause | None = None) -> None:
        self._client, self._bucket, self._pause = client, bucket, pause or Pause()

    def write(self, partition: Partition, lines: Iterable[bytes]) -> str:
        """Store captured rows, one at least, as one object; its key. The same lines again are the same object.

        The lines are compressed as they come, so that they need not all be in memory.
        """
        first, running, packed = b"", hashlib.sha256(), io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=LEVEL, mtime=0) as file:  # equal lines, equal bytes
            for line in lines:
                first = first or line
                running.update(line + b"\n")
                file.write(line + b"\n")
        key = partition.object_key(first, running.hexdigest())
        what = f"capture object {key}"
        put_new(self._client, self._bucket, key, packed.getvalue(), pause=self._pause, what=what)
        return key

    def hours(self, tenant: str, model: str, since: str) -> Sequence[str]:
        """The hours that hold captures, from `since` on, in order."""
        prefix = f"{tenant}/{model}/captures/"
        with translated(f"captures of {tenant}/{model}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix, Delimiter="/", StartAfter=prefix + since
            )
            found = [each["Prefix"][len(prefix) : -1] for page in pages for each in page.get("CommonPrefixes", ())]
        return sorted(hour for hour in found if HOUR.fullmatch(hour) and hour >= since)

    def objects(self, partition: Partition) -> Sequence[str]:
        """The keys of the partition's capture objects, in order."""
        with translated(f"captures under {partition.captures}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=partition.captures
            )
            found = [each["Key"] for page in pages for each in page.get("Contents", ())]
        return sorted(key for key in found if key.endswith(SUFFIX))

    def read(self, key: str) -> Iterator[CaptureLine]:
        """The rows of one capture object, one at a time in constant memory. Raises NotFound, Corrupt."""
        with translated(f"capture object {key}"):
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
            with closing(answer["Body"]) as body:
                yield from _rows(key, body)


def _rows(key: str, body: StreamingBody) -> Iterator[CaptureLine]:
    lines = io.BufferedReader(gzip.GzipFile(fileobj=body))
    number = 0
    try:
        while content := lines.readline(MAX_LINE):
            number += 1
            yield CaptureLine.parse(content, from_json)  # which takes a third of the time
    except ValueError as error:
        raise Corrupt(f"line {number} of {key} is no capture: {error}", field=key) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Corrupt(f"{key} is damaged after line {number}: {error}", field=key) from error
