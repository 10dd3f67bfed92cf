"""Files and functions stay small enough to hold in the head."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = [
    path
    for folder in ("layers/millrace/python", "stacks", "functions", "tests", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "egg-info" not in str(path)
]


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_no_file_is_above_400_lines() -> None:
    assert {str(path.relative_to(ROOT)): lines(path) for path in OURS if lines(path) > 400} == {}


def test_files_are_small() -> None:
    sizes = sorted(lines(path) for path in OURS if lines(path) > 1)
    assert statistics.median(sizes) <= 80
    assert statistics.quantiles(sizes, n=10)[-1] <= 250


def test_functions_are_small() -> None:
    sizes = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in OURS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert statistics.quantiles(sizes, n=10)[-1] <= 30


def test_names_say_what_things_are() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert [path for path in OURS if path.stem in vague or path.parent.name in vague] == []
