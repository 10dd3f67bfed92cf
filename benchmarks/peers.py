"""Other people's tools, in virtual environments of their own below build/: they need older libraries than ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.job import ROOT
from millrace.domain import digest


def lock(name: str) -> Path:
    """The file that says what an environment holds."""
    return ROOT / f"requirements/{name}.txt"


def python(name: str = "peers") -> Path:
    """The interpreter of an environment, which is made where its lock file changed. Raises CalledProcessError."""
    folder = ROOT / "build" / name
    found, stamp = folder / "bin/python", folder / ".lock"
    wanted = digest.of_bytes(lock(name).read_bytes())
    if not stamp.is_file() or stamp.read_text() != wanted:
        print(f"installing requirements/{name}.txt into build/{name} (minutes, the first time)", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        # Without dependencies: the lock names them all, and pip takes none that asks for an extra beside hashes.
        install = ("install", "--quiet", "--no-input", "--no-deps", "--require-hashes", "--only-binary=:all:", "-r")
        subprocess.run(
            [found, "-m", "pip", *install, lock(name)], check=True, stdout=sys.stderr, stderr=subprocess.DEVNULL
        )
        stamp.write_text(wanted)
    return found


def told(command: Sequence[str | Path]) -> Any:
    """What it prints as JSON, run in this project's folder. Raises CalledProcessError when it fails."""
    environment = {**os.environ, "DO_NOT_TRACK": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])
