"""Background processes that outlive the command that started them, each known by a record in the state folder.

The system reuses process ids, so the record also holds the process's start time; we signal only where both agree.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_TICK = 0.05
_LAST_THREAD_SECONDS = 2.0
_BOOT = Path("/proc/sys/kernel/random/boot_id")  # start times count from the boot, so a record is of one boot


@dataclass(frozen=True, slots=True)
class Process:
    """A process that we started: its id, when the kernel says it began, and what was noted with it."""

    pid: int
    began: str
    note: dict[str, str]

    @property
    def alive(self) -> bool:
        """Whether that very process still runs."""
        return bool(self.began) and _began(self.pid) == self.began


def spawn(
    record: Path,
    command: Sequence[str],
    env: Mapping[str, str],
    log: Path,
    note: dict[str, str],
    *,
    cwd: Path | None = None,
    pass_fds: Sequence[int] = (),
) -> Process:
    """Start `command` in a session of its own, so that Ctrl-C in our terminal leaves it alone, and write its record.

    Its output is appended to `log`.
    """
    record.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            list(command),
            env=dict(env),
            cwd=cwd,
            pass_fds=tuple(pass_fds),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        process = Process(child.pid, _began(child.pid) or "", note)
        partial = record.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(process)))
        partial.replace(record)
    except BaseException:  # Ctrl-C too
        child.kill()  # a process that no record knows could never be stopped
        child.wait()
        raise
    # It is ended by `stop`, perhaps from another command, and not waited for here: tell subprocess not to complain.
    child.returncode = 0
    return process


def find(record: Path) -> Process | None:
    """The recorded process if it still runs; a stale record is removed."""
    try:
        process = Process(**json.loads(record.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    if process.alive:
        return process
    if _began(process.pid) is None:
        _reap(process.pid)
    record.unlink(missing_ok=True)
    return None


def stop(record: Path, patience: float = 20.0) -> bool:
    """End the recorded process: a polite signal, then after `patience` seconds a hard one to its whole session.

    Returns False if none ran.
    """
    process = find(record)
    if process is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGTERM)
    if not _ended(process, patience):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        _ended(process, patience)
    _reap(process.pid)
    record.unlink(missing_ok=True)
    return True


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log, for an error message."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _ended(process: Process, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while process.alive:
        if time.monotonic() >= deadline:
            return False
        time.sleep(_TICK)
    return True


def _reap(pid: int) -> None:
    """Collect an ended child of ours, once its last thread has gone too; one of another command's is not ours."""
    deadline = time.monotonic() + _LAST_THREAD_SECONDS
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(pid, os.WNOHANG) == (0, 0) and time.monotonic() < deadline:
            time.sleep(_TICK)


def _began(pid: int) -> str | None:
    """When the process began, as the system writes it; None if there is none or it is a zombie."""
    if not _BOOT.exists():
        return _began_by_ps(pid)
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else f"{_BOOT.read_text().strip()}+{fields[19]}"


def _began_by_ps(pid: int) -> str | None:
    """The same where there is no /proc."""
    shown = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return None if not shown or shown.startswith("Z") else shown.partition(" ")[2].strip()
