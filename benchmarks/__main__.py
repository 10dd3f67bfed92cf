"""`python -m benchmarks [NAME ...] [--rows N]`: print the figures of each benchmark, or of those named."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Mapping, Sequence

from benchmarks import generated
from benchmarks.figures import table

# Name -> module with `run() -> list[Row]`, and what it measures.
BENCHMARKS: Mapping[str, tuple[str, str]] = {
    "predict": ("benchmarks.predict", "the predict function in process, on the credit-g model"),
    "capture": ("benchmarks.capture", "what recording a call adds to it, into the embedded cloud's queue and bucket"),
    "cold": ("benchmarks.cold", "a clean interpreter up to its first answer"),
    "upload": ("benchmarks.upload_to_champion", "from an upload to its champion answering, minus the job itself"),
    "load": ("benchmarks.api_load", "predictions of one row through the embedded API"),
    "demo": ("benchmarks.demo", "the demo from nothing, and again; its packages are installed"),
    "storm": (
        "benchmarks.storm",
        "many uploads while services fail, and what became of each; MILLRACE_STORM=N of them",
    ),
    "loop": (
        "benchmarks.loop",
        "from the first drifted row to the alarm and to the new champion, and 100 windows without",
    ),
    "elec2": ("benchmarks.elec2", "a real stream that drifts, in time order: never retrained against the loop"),
    "coverage": ("benchmarks.covered", "how much of the library the fast tests run"),
    "sessions": ("benchmarks.sessions", "memory that an open model holds (Linux)"),
    "personal": ("benchmarks.personal", "columns of personal data told from others, made up with a seed"),
    "sizes": ("benchmarks.sizes", "what Lambda unzips"),
    "reading": ("benchmarks.reading", "a CSV into typed values, against pandas"),
    "large": ("benchmarks.large", "the whole training job on adult and on 5,000,000 rows, or --rows of them (Unix)"),
    "detector": (
        "benchmarks.detector",
        "drift in 1,000,000 captured rows, or --rows, against Evidently (Unix)",
    ),
    "false-alarms": ("benchmarks.false_alarms", "windows without drift and with, judged by ours and by others"),
    "automl": (
        "benchmarks.automl.comparison",
        "the AutoML engine and its peers, for half an hour; `make bench-full` for all of it",
    ),
    "cost": ("benchmarks.cost", "dollars on AWS, computed from benchmarks/prices.json"),
}


def main(arguments: Sequence[str]) -> int:
    """Run and print. The exit code is 2 for a name that is not in the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Print figures.")
    parser.add_argument("names", nargs="*", help=", ".join(BENCHMARKS))
    parser.add_argument("--rows", type=int, help="rows that `reading` and `large` generate")
    given = parser.parse_args(arguments)
    names: Sequence[str] = given.names
    if given.rows is not None:
        os.environ[generated.ROWS] = str(given.rows)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark is called {unknown[0]!r}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS:
        module, what = BENCHMARKS[name]
        print(f"{name}: {what}", flush=True)
        print(table(importlib.import_module(module).run()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
