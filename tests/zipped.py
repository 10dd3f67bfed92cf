"""Compressed content that is the same in every process, so that a test may be named by it."""

from __future__ import annotations

import gzip


def zipped(content: bytes) -> bytes:
    """Of gzip, with no time of day in it."""
    return gzip.compress(content, mtime=0)
