"""Whole objects of a bucket, every version of them: for taking them away so that nothing stays behind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from millrace.adapters.errors import by_code, translated
from millrace.domain.removal import StoredObject

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

BATCH = 1000  # versions in one call, S3's bound


class S3Objects:
    """Implements ports.Objects."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def under(self, prefix: str) -> Sequence[StoredObject]:
        """Every key that begins so, also one of which only a delete marker is left; by key."""
        versions: dict[str, int] = defaultdict(int)
        sizes: dict[str, int] = defaultdict(int)
        for each in self._versions(prefix):
            versions[each["Key"]] += 1
            sizes[each["Key"]] += each.get("Size", 0)
        return [StoredObject(self._bucket, key, versions[key], sizes[key]) for key in sorted(versions)]

    def remove(self, keys: Iterable[str]) -> None:
        """Delete every version of these keys, for good. A key that is gone already is no error."""
        doomed: Iterator[Any] = (
            {"Key": each["Key"], "VersionId": each["VersionId"]}
            for key in keys
            for each in self._versions(key)
            if each["Key"] == key
        )
        while batch := list(islice(doomed, BATCH)):
            with translated(f"objects of {self._bucket}"):
                answer = self._client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": batch, "Quiet": True}, ChecksumAlgorithm="SHA256"
                )
            for failed in answer.get("Errors", []):  # the call succeeds even where an object does not
                raise by_code(failed.get("Code", "Unknown"), f"object {failed.get('Key')}", "DeleteObjects")

    def _versions(self, prefix: str) -> Iterator[Any]:
        with translated(f"objects under {prefix}"):
            for page in self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix):
                yield from page.get("Versions", [])
                yield from page.get("DeleteMarkers", [])
