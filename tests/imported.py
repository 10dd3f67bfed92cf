"""What a module of the library imports of it, directly or not, read from the sources."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tests.conftest import ROOT

PYTHON = ROOT / "layers/millrace/python"


def reached(sources: Iterable[Path]) -> set[Path]:
    """These sources and every module of the library that they import."""
    found: set[Path] = set()
    waiting = list(sources)
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        waiting += imported(path)
    return found


@cache
def imported(source: Path) -> list[Path]:
    """The modules of the library that one imports itself; each source is read once."""
    found: list[Path] = []
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("millrace"):
            found += files(str(node.module))
            found += [file for alias in node.names for file in files(f"{node.module}.{alias.name}")]
    return found


def files(module: str) -> list[Path]:
    """The source of a module of the library; none for a package."""
    path = PYTHON / (module.replace(".", "/") + ".py")
    return [path] if path.exists() else []
