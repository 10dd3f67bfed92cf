"""Our side of `detector`, alone in its process: captures read, sketched and judged as `detect_drift` does it."""

from __future__ import annotations

import gzip
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from millrace.adapters import documents
from millrace.domain.baseline import Baseline
from millrace.domain.capture import CaptureLine
from millrace.domain.sketch import empty
from millrace.domain.spec import Spec
from millrace.monitoring.decision import judge
from millrace.usecases.sketch_captures import Watched, sketch_rows
from tests import samples
from tests.streams import SCHEMA


def detect(folder: Path) -> dict[str, Any]:
    """Judge the captures of a folder, one object at a time."""
    known = documents.load(Baseline, (folder / "baseline.json").read_bytes())
    watched = Watched(samples.version(), samples.manifest(schema=SCHEMA), known)
    window, reading, sketching = empty(known), 0.0, 0.0
    for path in sorted(folder.glob("*.jsonl.gz")):
        start = time.perf_counter()
        with gzip.open(path) as lines:
            rows = [CaptureLine.parse(line, from_json) for line in lines]
        read = time.perf_counter()
        window = window.plus(sketch_rows(watched, rows))
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
