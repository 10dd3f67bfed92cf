"""Other people's tools, in a virtual environment of their own (build/peers): they need older libraries than ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.job import ROOT
from millrace.domain import digest

LOCK = ROOT / "requirements/peers.txt"
FOLDER = ROOT / "build/peers"


@dataclass(frozen=True, slots=True)
class Told:
    """What a process printed as JSON, and the most memory it held, in bytes."""

    told: Any
    peak: int


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


def measured(command: Sequence[str | Path]) -> Told:
    """Run it in this project's folder. Raises RuntimeError when it fails."""
    environment = {**os.environ, "DO_NOT_TRACK": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[1]} ended with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Told(json.loads(printed.splitlines()[-1]), used.ru_maxrss * unit)
