"""LightGBM needs `libgomp.so.1`, absent on a slim machine; scikit-learn's wheel has one under another name."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

NAME = "libgomp.so.1"
FOLDER = Path(sys.prefix) / "lib" / "millrace"


def link(
    folder: Path = FOLDER, *, bundled: Path | None = None, present: Callable[[], bool] | None = None
) -> Path | None:
    """Link scikit-learn's library as `folder`/libgomp.so.1 and return the folder; None when the system has its own.

    None too when there is nothing to link to, before scikit-learn is installed: `doctor` tells that. A link that stands
    is kept: this process may find the library only because it was itself started with it.
    """
    target = folder / NAME
    if (present or in_system)():
        return folder if target.exists() else None
    bundled = bundled or _bundled()
    if bundled is None:
        return None
    if not target.is_symlink() or target.resolve() != bundled.resolve():
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{NAME}.{os.getpid()}"
        partial.symlink_to(bundled)
        partial.replace(target)
    return folder


def variables(environ: Mapping[str, str], folder: Path | None) -> dict[str, str]:
    """What a process that imports LightGBM must be started with: the loader reads it at the start, never later."""
    if folder is None:
        return {}
    others = [part for part in environ.get("LD_LIBRARY_PATH", "").split(os.pathsep) if part and part != str(folder)]
    return {"LD_LIBRARY_PATH": os.pathsep.join([str(folder), *others])}


def in_system() -> bool:
    """Whether this process's loader finds the library by its name."""
    try:
        ctypes.CDLL(NAME)
    except OSError:
        return False
    return True


def _bundled() -> Path | None:
    """The one in scikit-learn's wheel, found without importing scikit-learn."""
    found = importlib.util.find_spec("sklearn")
    if found is None or found.origin is None:
        return None
    libraries = Path(found.origin).parents[1] / "scikit_learn.libs"
    return next(iter(sorted(libraries.glob("libgomp*.so*"))), None)


if __name__ == "__main__":
    link()
