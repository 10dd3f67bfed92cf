"""How long `millrace demo` takes from nothing, with the packages installed, and a second time over what it set up."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.figures import Row
from benchmarks.job import ROOT
from millrace.cli.session import STATE

MILLRACE = (sys.executable, "-m", "millrace.cli.main")


def run() -> list[Row]:
    """Seconds of both, in a state folder of their own, hence on a cloud of their own, of which nothing stays."""
    with tempfile.TemporaryDirectory(prefix="millrace-bench-", ignore_cleanup_errors=True) as folder:
        env = {name: value for name, value in os.environ.items() if not name.startswith("MILLRACE_")}
        env[STATE] = str(Path(folder) / "state")
        try:
            first, second = _seconds(env), _seconds(env)
        finally:
            subprocess.run([*MILLRACE, "down", "--wipe"], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    note = "a new cloud, bootstrap and every stack; packages installed, layers built"
    return [Row("first", f"{first:.1f} s", note), Row("second", f"{second:.1f} s", "the cloud and the stacks stand")]


def _seconds(env: Mapping[str, str]) -> float:
    start = time.monotonic()
    subprocess.run([*MILLRACE, "demo"], cwd=ROOT, env=dict(env), check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start
