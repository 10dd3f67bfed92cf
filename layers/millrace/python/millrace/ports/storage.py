"""What lies in the two buckets: uploads, and what runs make of them. Every call may raise Unavailable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from millrace.domain.removal import StoredObject
from millrace.domain.run import DataLocation

Document = TypeVar("Document")


class Landing(Protocol):
    """The bucket that uploads arrive in. Read-only for us."""

    def stat(self, key: str, version_id: str | None, etag: str = "") -> DataLocation:
        """Describe an object; hashes it by streaming when S3 holds no SHA-256. Raises NotFound if it is gone.

        Without a version it is the newest one; raises Conflict when that has another etag than is given.
        """
        ...

    def head(self, location: DataLocation, size: int) -> bytes:
        """The first `size` bytes, or fewer. Raises NotFound."""
        ...

    def read(self, key: str, limit: int) -> bytes | None:
        """A small object's newest bytes, or None where there is none. Raises TooLarge beyond `limit` bytes."""
        ...

    def files(self, prefix: str, limit: int) -> Sequence[str]:
        """At most `limit` keys that begin so and have no further slash, in order."""
        ...

    def fetch(self, location: DataLocation, into: Path) -> None:
        """Copy the object to a file in bounded memory. Raises NotFound, or Corrupt when its digest differs."""
        ...


@dataclass(frozen=True, slots=True)
class PresignedPut:
    """Where to PUT a file, with the headers that the signature demands. The URL is a secret while it lives."""

    url: str
    headers: Mapping[str, str]


class Uploads(Protocol):
    """Where a tenant's caller without AWS credentials may put one file."""

    def presign(self, key: str, size: int, sha256: str, seconds: int) -> PresignedPut:
        """A PUT to this landing key until it expires, of exactly `size` bytes with this SHA-256 in hex."""
        ...


class Delivery(Protocol):
    """The way into the landing bucket for what we send ourselves."""

    def send(self, key: str, content: bytes) -> DataLocation:
        """Upload, and say where it lies."""
        ...


class Blobs(Protocol):
    """Content-addressed bytes of a tenant, in the artifact bucket."""

    def put(self, tenant: str, content: bytes) -> str:
        """Store and return the SHA-256; storing the same bytes again changes nothing."""
        ...

    def get(self, tenant: str, digest: str) -> bytes:
        """The bytes, verified. Raises NotFound, or Corrupt when they don't match `digest`."""
        ...


class Documents(Protocol):
    """Typed JSON documents in the artifact bucket."""

    def read(self, kind: type[Document], key: str) -> Document:
        """Raises NotFound, or Corrupt when the bytes are not a `kind`."""
        ...

    def write(self, value: object, key: str) -> str:
        """Store a dataclass and return its s3:// address."""
        ...


class Pages(Protocol):
    """HTML pages in the artifact bucket."""

    def write(self, page: str, key: str) -> str:
        """Store an HTML document, in place of an earlier one, and return its s3:// address."""
        ...


class Objects(Protocol):
    """Whole objects of one bucket, every version of them."""

    def under(self, prefix: str) -> Sequence[StoredObject]:
        """Every key that begins so, also one of which only a delete marker is left; by key."""
        ...

    def remove(self, keys: Iterable[str]) -> None:
        """Delete every version of these keys, for good."""
        ...
