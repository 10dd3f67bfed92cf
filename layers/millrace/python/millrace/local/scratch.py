"""A folder for each worker's tenant data, and the removal of those whose worker died without removing its own.

A worker holds its folder by a lock, which the system lets go when the process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "lock"
PREFIX = "worker-"


@contextmanager
def own_folder(parent: Path) -> Iterator[Path]:
    """A new folder in `parent`, readable by us only and removed at the end; those of dead workers are removed now."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(parent / LOCK, wait=True):  # no one sweeps a folder that is not locked yet
        _sweep(parent)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        held = _lock(folder / LOCK, wait=False)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            with _locked(folder / LOCK, wait=False):
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # its worker lives, or has just removed it
            continue


@contextmanager
def _locked(path: Path, *, wait: bool) -> Iterator[None]:
    held = _lock(path, wait=wait)
    try:
        yield
    finally:
        os.close(held)


def _lock(path: Path, *, wait: bool) -> int:
    """A descriptor that holds the lock until it is closed. Raises OSError where it is held and we don't wait."""
    held = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BaseException:  # Ctrl-C too: nobody else knows the descriptor
        os.close(held)
        raise
    return held
