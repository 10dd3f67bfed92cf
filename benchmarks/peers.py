"""Other people's tools, in a virtual environment of their own (build/peers): they need older libraries than ours."""

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

LOCK = ROOT / "requirements/peers.txt"
FOLDER = ROOT / "build/peers"


def python() -> Path:
    """The environment's interpreter; it is made where the lock file changed. Raises CalledProcessError."""
    found, stamp = FOLDER / "bin/python", FOLDER / ".lock"
    wanted = digest.of_bytes(LOCK.read_bytes())
    if not stamp.is_file() or stamp.read_text() != wanted:
        print("installing requirements/peers.txt into build/peers (minutes, the first time)", file=sys.stderr)
        venv.create(FOLDER, clear=True, with_pip=True)
        # Without dependencies: the lock names them all, and pip takes none that asks for an extra beside hashes.
        install = ("install", "--quiet", "--no-input", "--no-deps", "--require-hashes", "--only-binary=:all:", "-r")
        subprocess.run([found, "-m", "pip", *install, LOCK], check=True, stdout=sys.stderr, stderr=subprocess.DEVNULL)
        stamp.write_text(wanted)
    return found


def told(command: Sequence[str | Path]) -> Any:
    """What it prints as JSON, run in this project's folder. Raises CalledProcessError when it fails."""
    environment = {**os.environ, "DO_NOT_TRACK": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])
