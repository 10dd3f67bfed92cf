"""Code that a document shows, taken from where it is tested."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]


def whole(path: str) -> str:
    """A file as a block, under its name."""
    return _block(path, (ROOT / path).read_text(encoding="utf-8"))


def method(path: str, name: str) -> str:
    """One function of a file as a block, unindented."""
    text = (ROOT / path).read_text(encoding="utf-8")
    [node] = [each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.FunctionDef) and each.name == name]
    lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
    return _block(path, "\n".join(line[node.col_offset :] for line in lines))


def _block(path: str, code: str) -> str:
    return f"`{path}`:\n\n```python\n{code.strip()}\n```"
