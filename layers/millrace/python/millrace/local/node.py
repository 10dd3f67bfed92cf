"""npm packages, run by the Node that PyPI brought: the CDK command line, and the browser of a test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from millrace.domain.errors import Unavailable

PROGRAMS = Path(sys.executable).parent  # python, node and npm of the virtual environment
CDK = "node_modules/aws-cdk"  # its place in a lock file


def cdk(root: Path) -> Path:
    """The CDK command line of this folder."""
    return root / "node_modules" / ".bin" / "cdk"


def installed(root: Path) -> bool:
    """Whether node_modules holds what package-lock.json says."""
    locked = _packages(root / "package-lock.json")
    there = _packages(root / "node_modules" / ".package-lock.json")
    return locked is not None and locked == there and (CDK not in locked or cdk(root).exists())


def install(root: Path, say: Callable[[str], None]) -> None:
    """`npm ci`, unless that is done. Raises Unavailable with npm's last lines."""
    if installed(root):
        return
    say(f"installing what {root / 'package-lock.json'} names")
    try:
        done = subprocess.run(
            [PROGRAMS / "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"],
            cwd=root,
            env=environment(os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise Unavailable(f"npm: {error}", code="no_node", hint="Run `make setup`.") from error
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise Unavailable(f"npm ci failed:\n{last}", code="no_cdk", hint="Is the npm registry reachable?")


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` with the virtual environment's programs first, and the CDK command line silent towards the network."""
    return dict(environ) | {
        "PATH": os.pathsep.join([str(PROGRAMS), environ.get("PATH", os.defpath)]),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "1",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }


def _packages(lock: Path) -> dict[str, str] | None:
    """Path to integrity of every package of an npm lock file; None when there is none."""
    try:
        packages = json.loads(lock.read_text())["packages"]
    except (FileNotFoundError, ValueError, KeyError):
        return None
    return {name: about.get("integrity", "") for name, about in packages.items() if name}


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    try:
        install(Path(*sys.argv[1:2]).resolve(), _say)
    except Unavailable as error:
        sys.exit(f"{error.message}\n{error.hint}")
