"""Which part of the library's lines and branches the tests run that start no stage: unit, functions, architecture."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.figures import Row
from benchmarks.job import ROOT

LIBRARY = ROOT / "layers/millrace/python/millrace"
TESTS = ("tests/unit", "tests/functions", "tests/architecture")
LEAST = 5  # of the files with the most branches that no test takes are named


def run() -> list[Row]:
    """The share of each package, and the files that lack most. Raises CalledProcessError when a test fails."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "coverage.json"
        env = os.environ | {"COVERAGE_FILE": str(Path(folder) / "data"), "COVERAGE_CORE": "ctrace"}
        measure = ["run", "--branch", f"--source={LIBRARY}", "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS]
        for arguments in (measure, ["json", "-q", "-o", str(told)]):
            subprocess.run(
                [sys.executable, "-m", "coverage", *arguments], cwd=ROOT, env=env, check=True, stdout=sys.stderr
            )
        files: dict[str, Any] = json.loads(told.read_text())["files"]
    by_package: dict[str, list[Mapping[str, int]]] = defaultdict(list)
    for path, measured in files.items():
        parts = (ROOT / path).relative_to(LIBRARY).parts
        by_package[parts[0] if len(parts) > 1 else "(top)"].append(measured["summary"])
    rows = [_row("all", [summary for summaries in by_package.values() for summary in summaries])]
    rows += [_row(f"  {name}", summaries) for name, summaries in sorted(by_package.items())]
    worst = sorted(files, key=lambda path: -files[path]["summary"]["missing_branches"])[:LEAST]
    named = ", ".join(f"{Path(path).name} {files[path]['summary']['missing_branches']}" for path in worst)
    return [*rows, Row("not taken", str(_sum(files, "missing_branches")), f"branches; most in {named}")]


def _row(what: str, summaries: list[Mapping[str, int]]) -> Row:
    branches, taken = (sum(each[name] for each in summaries) for name in ("num_branches", "covered_branches"))
    lines, run_lines = (sum(each[name] for each in summaries) for name in ("num_statements", "covered_lines"))
    share = f"{100 * taken / branches:.1f} %" if branches else "-"
    return Row(what, share, f"of {branches} branches; {100 * run_lines / max(lines, 1):.1f} % of {lines} lines")


def _sum(files: Mapping[str, Any], name: str) -> int:
    return sum(measured["summary"][name] for measured in files.values())
