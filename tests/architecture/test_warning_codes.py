"""Every code that a report can warn with is in docs/warnings.md, and every one in its table can happen."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "layers/millrace/python/millrace"
MAKERS = {"Warned", "_warned", "_Useless"}  # what is called with a code first


def given() -> Iterator[str]:
    for source in LIBRARY.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
                yield from (str(each.value) for each in node.args[:1] if isinstance(each, ast.Constant))


def test_every_warning_is_documented_and_every_documented_one_happens() -> None:
    table = (ROOT / "docs/warnings.md").read_text().split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(given())
