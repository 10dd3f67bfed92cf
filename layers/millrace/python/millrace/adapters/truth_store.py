"""Truth in the capture bucket: as it arrived, by hour, and what it came to once it was joined to captures."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from millrace.adapters import documents
from millrace.adapters.capture_store import LEVEL
from millrace.adapters.errors import translated
from millrace.adapters.put_new import put_new
from millrace.adapters.table import Pause
from millrace.domain import digest
from millrace.domain.capture import SUFFIX, Partition
from millrace.domain.errors import Corrupt, NotFound
from millrace.domain.inference_id import HOUR
from millrace.domain.naming import PART
from millrace.domain.run import DataLocation
from millrace.domain.truth import Labelled, Truth, TruthFile, index_key, received_key, received_prefix

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_DIGITS = 32  # of a digest
_KINDS = (str, int, float, bool)


class S3TruthStore:
    """Implements ports.TruthStore."""

    def __init__(self, client: S3Client, bucket: str, pause: Pause | None = None) -> None:
        self._client, self._bucket, self._pause = client, bucket, pause or Pause()

    def add(self, partition: Partition, truths: Sequence[Truth]) -> str:
        """Store truth about captures of this hour as one object and return its key; the same again is the same."""
        return self._put(partition.truth, _written(truths), "truth").key

    def hours(self, tenant: str, model: str) -> Sequence[str]:
        """The hours about which there is truth, in order."""
        prefix = f"{tenant}/{model}/truth/"
        with translated(f"truth of {tenant}/{model}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix, Delimiter="/"
            )
            found = [each["Prefix"][len(prefix) : -1] for page in pages for each in page.get("CommonPrefixes", ())]
        return sorted(hour for hour in found if HOUR.fullmatch(hour))

    def objects(self, partition: Partition) -> Sequence[str]:
        """The keys of the partition's truth objects, in order."""
        return [key for key in self._keys(partition.truth) if key.endswith(SUFFIX)]

    def by_hour(self, tenant: str, model: str) -> Mapping[str, Sequence[str]]:
        """The keys of all of a model's truth objects by hour, each in order: one call for every thousand."""
        prefix = f"{tenant}/{model}/truth/"
        found: dict[str, list[str]] = {}
        for key in self._keys(prefix):
            hour = key[len(prefix) :].partition("/")[0]
            if HOUR.fullmatch(hour) and key.endswith(SUFFIX):
                found.setdefault(hour, []).append(key)
        return found

    def read(self, key: str) -> Sequence[Truth]:
        """The truth in one object. Raises NotFound, Corrupt."""
        return [_truth(line, key) for line in self._lines(key)]

    def note(self, file: TruthFile) -> None:
        """Keep what became of a file; of the same upload again, the newer word."""
        self._write(received_key(file), file)

    def files(self, tenant: str, limit: int) -> Sequence[TruthFile]:
        """What became of a tenant's files of truth, at most so many, those that arrived last first."""
        keys = self._keys(received_prefix(tenant))[: -limit - 1 : -1] if limit > 0 else []
        return [documents.load(TruthFile, self._content(key)) for key in keys]

    def keep_believed(self, partition: Partition, truths: Sequence[Truth]) -> str:
        """Store what an hour's truth came to, for `read`, and return its key; the same again is the same."""
        return self._put(f"{partition.labelled}truth-", _written(truths), "truth").key

    def keep_part(self, partition: Partition, lines: Sequence[bytes]) -> DataLocation:
        """Store joined rows as a part of a dataset version; the same lines again are the same part."""
        return self._put(f"{partition.labelled}{PART}{partition.hour}-", lines, "part")

    def part(self, location: DataLocation) -> Sequence[bytes]:
        """The lines of a part. Raises NotFound, Corrupt."""
        return self._lines(location.key)

    def index(self, partition: Partition) -> Labelled | None:
        """What the partition was last joined to, or None."""
        try:
            content = self._content(index_key(partition.tenant, partition.model, partition.hour))
        except NotFound:
            return None
        return documents.load(Labelled, content)

    def keep_index(self, partition: Partition, labelled: Labelled) -> None:
        """Keep what the partition is joined to now, in place of an earlier one."""
        self._write(index_key(partition.tenant, partition.model, partition.hour), labelled)

    def _put(self, prefix: str, lines: Sequence[bytes], what: str) -> DataLocation:
        """Store lines as an object named by its own bytes, in which there is no time."""
        content = gzip.compress(b"".join(line + b"\n" for line in lines), LEVEL, mtime=0)
        name = digest.of_bytes(content)
        key = f"{prefix}{name[:_DIGITS]}{SUFFIX}"
        put_new(self._client, self._bucket, key, content, pause=self._pause, what=f"{what} {key}")
        return DataLocation(self._bucket, key, None, name, len(content))

    def _write(self, key: str, value: object) -> None:
        with translated(f"document {key}"):
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=documents.dump(value),
                ContentType="application/json",
                ChecksumAlgorithm="SHA256",
            )

    def _keys(self, prefix: str) -> list[str]:
        with translated(f"objects under {prefix}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            return sorted(each["Key"] for page in pages for each in page.get("Contents", ()))

    def _content(self, key: str) -> bytes:
        with translated(f"object {key}"):
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def _lines(self, key: str) -> list[bytes]:
        try:
            return gzip.decompress(self._content(key)).splitlines()
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise Corrupt(f"{key} is damaged: {error}", field=key) from error


def _written(truths: Sequence[Truth]) -> list[bytes]:
    return [digest.canonical(documents.plain(truth)) for truth in truths]


def _truth(line: bytes, key: str) -> Truth:
    try:
        found = json.loads(line)
        fits = isinstance(found["inference_id"], str) and isinstance(found["arrived"], str)
        if fits and isinstance(found["value"], _KINDS):
            return Truth(found["inference_id"], found["value"], found["arrived"])
    except (ValueError, TypeError, KeyError) as error:
        raise Corrupt(f"{key} holds a line that is no truth", field=key) from error
    raise Corrupt(f"{key} holds a line that is no truth", field=key)
