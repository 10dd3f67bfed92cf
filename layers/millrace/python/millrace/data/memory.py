"""Memory as the system tells it: how much this process may take, how much it took, and giving back what it dropped."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

GROUPS = Path("/sys/fs/cgroup")
OF_PROCESS = Path("/proc/self/cgroup")
_LIMITS = ("memory.max", "memory.limit_in_bytes")  # of control groups, version 2 and 1
_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes that ru_maxrss counts in


def allowed() -> int:
    """Bytes: the machine's, or less where the process is in a container or another control group of less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *_of_groups(GROUPS, OF_PROCESS)])


def peak() -> int:
    """Bytes that the process had resident at most since it began."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT


def release() -> None:
    """Give what was dropped back to the system: Arrow would keep it, and so would the C library."""
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's alone
    if trim is not None:
        trim(0)


def _of_groups(groups: Path, process: Path) -> Iterator[int]:
    """The limits of the process's groups and of those around them; a container sees its own as the outermost."""
    try:
        told = process.read_text().splitlines()
    except OSError:  # no Linux
        return
    for line in told:
        _, kinds, path = line.split(":", 2)
        base = groups / kinds if kinds else groups
        inner = base / path.lstrip("/")
        for folder in {base, *(each for each in (inner, *inner.parents) if each.is_relative_to(base))}:
            yield from _limits(folder)


def _limits(folder: Path) -> Iterator[int]:
    for name in _LIMITS:
        try:
            told = (folder / name).read_text().strip()
        except OSError:
            continue
        if told.isdecimal():
            yield int(told)
