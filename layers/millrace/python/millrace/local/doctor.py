"""What this machine lacks for the embedded cloud, and how to get it."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from millrace.local import emulator, node, openmp

SETUP = "run `make setup`"
FREE_BYTES = 3_000_000_000  # layers, their zips, and room for what the cloud keeps
SYSTEMS = ("Linux x86_64", "Linux aarch64", "Linux arm64")
PACKAGES = (
    *("boto3", "ministack", "aws_cdk", "pyarrow", "onnxruntime"),
    *("sklearn", "lightgbm", "xgboost", "catboost", "optuna"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is well, what was found, and what to do where it is not."""

    what: str
    well: bool
    found: str
    remedy: str = ""


def examine(root: Path, state: Path) -> list[Finding]:
    """Look at everything. Starts nothing that stays."""
    return [*_machine(state), *_programs(root), *_packages(), _cloud(state)]


def _machine(state: Path) -> Iterator[Finding]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding("Python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer")
    system = f"{platform.system()} {platform.machine()}"
    remedy = "the layers hold Linux wheels: use Linux, WSL or a virtual machine, on x86_64 or arm64"
    yield Finding("system", system in SYSTEMS, system, remedy)
    there = next(folder for folder in (state, *state.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    remedy = f"free {FREE_BYTES / 1e9:.0f} GB there"
    yield Finding("disk", free >= FREE_BYTES, f"{free / 1e9:.1f} GB free at {there}", remedy)
    yield Finding("loopback", *_tried(_loopback), "let programs listen on 127.0.0.1")


def _programs(root: Path) -> Iterator[Finding]:
    yield Finding("node", *_tried(lambda: _version(str(node.PROGRAMS / "node"))), SETUP)
    installed = node.installed(root)
    found = str(node.cdk(root).relative_to(root)) if installed else "not installed, or another version"
    yield Finding("CDK command line", installed, found, SETUP)
    yield Finding("git", *_tried(lambda: _version("git")), "install git")


def _packages() -> Iterator[Finding]:
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    yield Finding("packages", not missing, f"no {', '.join(missing)}" if missing else "installed", SETUP)
    system = openmp.in_system()
    linked = None if system else openmp.link()
    found = "the system's" if system else f"scikit-learn's, linked in {linked}" if linked else "none"
    yield Finding("libgomp", system or linked is not None, found, f"{SETUP}, or install your system's libgomp1 package")


def _cloud(state: Path) -> Finding:
    running = emulator.find(state)
    return Finding("embedded cloud", well=True, found=running.endpoint if running else "not running")


def _tried(attempt: Callable[[], str]) -> tuple[bool, str]:
    try:
        return True, attempt()
    except (OSError, subprocess.SubprocessError) as error:
        return False, str(error).strip() or type(error).__name__


def _loopback() -> str:
    with socket.create_server(("127.0.0.1", 0)):
        return "listens"


def _version(program: str) -> str:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=True)
    return done.stdout.strip()
