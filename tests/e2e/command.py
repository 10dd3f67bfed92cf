"""The `millrace` command as a process of its own, on the session's cloud."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, SEARCH

SECONDS = 280  # a hang, not a pace, is what fails a test


def heed_ctrl_c() -> None:
    """A test runner that was started in the background ignores Ctrl-C, and its children would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Command:
    """Runs `millrace`, with this embedded cloud's state folder as its own."""

    state: Path
    exported: Mapping[str, str] = field(default_factory=dict)  # in the shell that calls it

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """In the background, both outputs in pipes, in a session of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "millrace.cli.main", *arguments],
            cwd=ROOT,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=heed_ctrl_c,
        )

    def run(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """To its end, which must have this exit code."""
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=SECONDS)
        assert process.returncode == code, f"{arguments}: exit code {process.returncode}\n{out}\n{err}"
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def json(self, *arguments: str, code: int = 0) -> Any:
        """What it says as JSON, which must be all that it says on stdout."""
        return json.loads(self.run(*arguments, "--json", code=code).stdout)

    def error(self, *arguments: str, code: int) -> Any:
        """The error it says as JSON."""
        done = self.run(*arguments, "--json", code=code)
        assert done.stdout == ""
        return json.loads(done.stderr.splitlines()[-1])["error"]

    @property
    def _env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MILLRACE_"))}
        return kept | SEARCH | {"MILLRACE_STATE": str(self.state), "PYTHONWARNINGS": "error"} | dict(self.exported)
