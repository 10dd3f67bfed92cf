"""Several files that are one dataset version: `part-*`, once `_SUCCESS` says that all are there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from millrace.domain import digest
from millrace.domain.errors import Conflict, Corrupt, NotFound, Rejected
from millrace.domain.naming import MARKER_FILE, PART, UploadKey
from millrace.domain.run import DataLocation
from millrace.domain.upload import format_of
from millrace.ports import Blobs, Landing

MAX_PARTS = 1000  # each is looked at within one call of the function


def gather(key: UploadKey, marker: DataLocation, landing: Landing, blobs: Blobs, *, max_bytes: int) -> DataLocation:
    """The parts beside the marker as one location: the digest is that of their digests in the order of their names.

    Empty parts are left out. Raises Rejected: no_parts, too_many_parts, part_differs, unsupported_format, too_large,
    deleted.
    """
    names = landing.files(f"{key.tenant}/{key.dataset}/{PART}", MAX_PARTS + 1)
    _check_names(names)
    parts: list[DataLocation] = []
    for name in names:
        try:
            found = landing.stat(name, None)
        except (NotFound, Conflict) as error:
            raise _gone(name) from error
        if found.size:
            parts.append(found)
        check_size(sum(part.size for part in parts), max_bytes)
    if not parts:
        raise Rejected("every part is empty", code="empty_file", field=MARKER_FILE, hint="upload parts with rows")
    listed = blobs.put(key.tenant, digest.canonical([asdict(part) for part in parts]))
    content = digest.of_value([part.digest for part in parts])
    size = sum(part.size for part in parts)
    return DataLocation(marker.bucket, marker.key, marker.version_id, content, size, parts=listed)


def listed_parts(tenant: str, data: DataLocation, blobs: Blobs) -> Sequence[DataLocation]:
    """Where each object of the dataset version lies, in order. Raises NotFound or Corrupt."""
    if data.parts is None:
        return (data,)
    try:
        found = tuple(DataLocation(**part) for part in json.loads(blobs.get(tenant, data.parts)))
    except (ValueError, TypeError) as error:
        raise Corrupt(f"the blob {data.parts} is no list of parts") from error
    if not found:
        raise Corrupt(f"the blob {data.parts} lists no parts")
    return found


def check_size(size: int, limit: int) -> None:
    """Raise Rejected(code="too_large") beyond the limit, in bytes."""
    if size > limit:
        raise Rejected(
            f"the file has {size} bytes; {limit} are allowed", code="too_large", field="file", hint="upload fewer rows"
        )


def _check_names(names: Sequence[str]) -> None:
    if not names:
        raise Rejected(
            f"there is no {PART}* beside {MARKER_FILE}", code="no_parts", field=MARKER_FILE, hint="upload the parts"
        )
    if len(names) > MAX_PARTS:
        raise Rejected(
            f"there are more than {MAX_PARTS} parts",
            code="too_many_parts",
            field=MARKER_FILE,
            hint="write fewer: df.coalesce(64).write...",
        )
    files = [UploadKey.parse(name).file for name in names]
    first = format_of(files[0])
    for file in files:
        if format_of(file) != first:
            raise Rejected(
                f"{file} has another format than {files[0]}",
                code="part_differs",
                field=file,
                hint="write every part in one format, and remove what is left of an earlier write",
            )


def _gone(name: str) -> Rejected:
    return Rejected(
        f"{name} was deleted or replaced while it was looked at",
        code="deleted",
        field=UploadKey.parse(name).file,
        hint=f"write the parts again, {MARKER_FILE} last",
    )
