"""Our side of `detector`, alone in its process: a folder's captures read, spelled, sketched and judged."""

from __future__ import annotations

import gzip
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from millrace.adapters import documents
from millrace.domain.baseline import Baseline
from millrace.domain.sketch import empty
from millrace.domain.spec import Spec
from millrace.inference.columns import from_rows
from millrace.monitoring.decision import judge
from millrace.monitoring.sketching import sketch
from tests.streams import SCHEMA


def detect(folder: Path) -> dict[str, Any]:
    """Judge the captures of a folder, one object at a time."""
    known = documents.load(Baseline, (folder / "baseline.json").read_bytes())
    window, reading, sketching = empty(known), 0.0, 0.0
    for path in sorted(folder.glob("*.jsonl.gz")):
        start = time.perf_counter()
        with gzip.open(path) as lines:
            rows = [json.loads(line) for line in lines]
        columns = from_rows(SCHEMA, [row["inputs"] for row in rows])
        labels = np.array([row["outputs"]["label"] for row in rows], dtype=object)
        given = [row["outputs"]["probabilities"] for row in rows]
        probabilities = np.array([[each[name] for name in SCHEMA.classes] for each in given])
        read = time.perf_counter()
        window = window.plus(sketch(known, columns, {}, labels, probabilities))
        reading, sketching = reading + read - start, sketching + time.perf_counter() - read
    start = time.perf_counter()
    standing, severity, _ = judge(known, window, None, Spec())
    judging = time.perf_counter() - start
    return {
        "reading": reading,
        "sketching": sketching,
        "judging": judging,
        "rows": window.rows,
        "standing": standing,
        "severity": severity,
        "peak": _peak(),
    }


def _peak() -> int:
    """The most memory that this process held, in bytes; a parent's is not in it, as it is in what wait4 tells."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    return int(found[1]) * 1024 if found else 0


if __name__ == "__main__":
    print(json.dumps(detect(Path(sys.argv[1]))))
