"""Content digests, by which artifacts, dataset versions and runs are named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

# Made once, since making one takes as long as spelling a row of a table.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def of_bytes(data: bytes) -> str:
    """SHA-256 of `data` as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def of_chunks(chunks: Iterable[bytes]) -> str:
    """SHA-256 of the concatenation of `chunks`, in constant memory."""
    running = hashlib.sha256()
    for chunk in chunks:
        running.update(chunk)
    return running.hexdigest()


def canonical(value: object) -> bytes:
    """The one JSON spelling of `value`: sorted keys, no spaces, UTF-8. Raises ValueError for NaN or infinity."""
    return _CANONICAL.encode(value).encode()


def of_value(value: object) -> str:
    """SHA-256 of the canonical JSON of `value`."""
    return of_bytes(canonical(value))
