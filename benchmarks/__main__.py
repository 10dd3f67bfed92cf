"""`python -m benchmarks [NAME ...]`: print the figures of each benchmark, or of those named."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence

from benchmarks.figures import table

# Name -> module with `run() -> list[Row]`, and what it measures.
BENCHMARKS: Mapping[str, tuple[str, str]] = {
    "predict": ("benchmarks.predict", "the predict function in process, on the credit-g model"),
    "cold": ("benchmarks.cold", "a clean interpreter up to its first answer"),
    "upload": ("benchmarks.upload_to_champion", "from an upload to its champion answering, minus the job itself"),
    "load": ("benchmarks.api_load", "predictions of one row through the embedded API"),
    "demo": ("benchmarks.demo", "the demo from nothing, and again; its packages are installed"),
    "storm": (
        "benchmarks.storm",
        "many uploads while services fail, and what became of each; MILLRACE_STORM=N of them",
    ),
    "coverage": ("benchmarks.covered", "how much of the library the fast tests run"),
    "sessions": ("benchmarks.sessions", "memory that an open model holds (Linux)"),
    "sizes": ("benchmarks.sizes", "what Lambda unzips"),
    "cost": ("benchmarks.cost", "dollars on AWS, computed from benchmarks/prices.json"),
}


def main(names: Sequence[str]) -> int:
    """Run and print. The exit code is 2 for a name that is not in the table."""
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
