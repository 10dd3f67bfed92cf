"""Deploys the stacks onto the embedded cloud with the CDK command line, and only when something changed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import boto3

from millrace.domain.errors import Unavailable
from millrace.local import emulator, node
from millrace.local.emulator import ACCOUNT, REGION, ROOT_KEY, Cloud
from millrace.local.host import ARCHITECTURE, PYTHON

STAGE = "local"
TOOLKIT = "CDKToolkit"
_SOURCES = ("app.py", "cdk.json", "package-lock.json", "stacks", "functions", "layers")
_BUILT = {"__pycache__", "cdk.out", "node_modules"}
_QUIET = ("--no-notices", "--no-color", "--ci")
_PATIENCE = 900.0  # seconds for one command
_DOCTOR = "Run `millrace doctor` to see what is missing, or `millrace down --wipe` to begin anew."

Progress = Callable[[str], None]


def deploy(cloud: Cloud, root: Path, progress: Progress, *, stage: str = STAGE) -> tuple[str, ...]:
    """Build the layers, bootstrap, and deploy every stack of `stage` from the app in `root`; return the stacks' names.

    Does nothing when the sources and the stacks are as the last deploy left them. Raises Unavailable when a step fails.
    """
    wanted = digest(root)
    stamp = cloud.state / f"deployed-{stage}.json"
    former = _read(stamp)
    standing = _stacks(cloud)
    if former.digest == wanted and former.stacks and standing.issuperset(former.stacks):
        progress("the stacks are up to date")
        return former.stacks
    node.install(root, progress)
    shop = _Workshop(root, cloud.state / "deploy.log", environment(cloud))
    shop.log.unlink(missing_ok=True)
    build = root / "layers" / "build.py"
    if build.exists():
        progress("building the layers")
        shop.run("building the layers", [sys.executable, build, "--host"], "Is the package index reachable?")
    if TOOLKIT not in standing:
        progress("bootstrapping the account")
        target = [f"aws://{ACCOUNT}/{REGION}", *_QUIET]
        # Not in `root`, where it would synthesize the app first.
        shop.run("cdk bootstrap", [node.cdk(root), "bootstrap", *target], _DOCTOR, cwd=cloud.state)
    progress("deploying the stacks")
    stacks = _deploy(shop, stage, cloud.state / "cdk.out")
    stamp.write_text(json.dumps({"digest": wanted, "stacks": stacks}))
    emulator.save(cloud)
    return stacks


def digest(root: Path) -> str:
    """SHA-256 over every file that a deploy is made of, and over what runs the functions."""
    whole = hashlib.sha256(f"{PYTHON} {ARCHITECTURE}".encode())
    for path in _files(root):
        whole.update(f"\0{path.relative_to(root)}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def environment(cloud: Cloud) -> dict[str, str]:
    """For the CDK command line: pointed at the cloud and this virtual environment, with caches in the state folder."""
    return node.environment(cloud.over(os.environ)) | {"CDK_HOME": str(cloud.state / "cdk-home")}


@dataclass(frozen=True, slots=True)
class _Workshop:
    """Where commands run, with which environment, and where their output goes."""

    root: Path
    log: Path
    env: Mapping[str, str]

    def run(self, what: str, command: Sequence[str | Path], hint: str, cwd: Path | None = None) -> None:
        """Run to the end. Raises Unavailable with the output's last lines."""
        self.log.touch()
        start = self.log.stat().st_size
        try:
            with self.log.open("ab") as output:
                done = subprocess.run(
                    [str(word) for word in command],
                    cwd=cwd or self.root,
                    env=dict(self.env),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=_PATIENCE,
                    check=False,
                )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"{what}: {error}", code="deploy_failed", hint=hint) from error
        if done.returncode:
            last = self.log.read_bytes()[start:].decode(errors="replace").splitlines()[-25:]
            hint = f"{hint} The whole output is in {self.log}"
            raise Unavailable("\n".join([f"{what} failed:", *last]), code="deploy_failed", hint=hint)


@dataclass(frozen=True, slots=True)
class _Former:
    """What the last deploy noted."""

    digest: str = ""
    stacks: tuple[str, ...] = ()


def _read(stamp: Path) -> _Former:
    try:
        noted = json.loads(stamp.read_text())
        return _Former(noted["digest"], tuple(noted["stacks"]))
    except (FileNotFoundError, ValueError, KeyError):
        return _Former()


def _deploy(shop: _Workshop, stage: str, assembly: Path) -> tuple[str, ...]:
    context = [f"stage={stage}", f"python={PYTHON}", f"architecture={ARCHITECTURE}"]
    # Without a change set: the emulator's change sets overlook a change of outputs alone.
    how = [
        "--all",
        "--require-approval",
        "never",
        "--method",
        "direct",
        "--concurrency",
        "4",
        "--output",
        str(assembly),
    ]
    told = [word for value in context for word in ("--context", value)]
    shop.run("cdk deploy", [node.cdk(shop.root), "deploy", *how, *told, *_QUIET], _DOCTOR)
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    return tuple(
        sorted(
            artifact.get("properties", {}).get("stackName", name)
            for name, artifact in artifacts.items()
            if artifact["type"] == "aws:cloudformation:stack"
        )
    )


def _stacks(cloud: Cloud) -> set[str]:
    """The stacks that stand, by name."""
    client = boto3.client(
        "cloudformation",
        endpoint_url=cloud.endpoint,
        verify=str(cloud.ca_bundle),
        region_name=REGION,
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_KEY,
    )
    try:
        stacks = [stack for page in client.get_paginator("describe_stacks").paginate() for stack in page["Stacks"]]
    finally:
        client.close()
    return {stack["StackName"] for stack in stacks if stack["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}}


def _files(root: Path) -> Iterator[Path]:
    for source in _SOURCES:
        top = root / source
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            parts = path.relative_to(root).parts
            if path.is_file() and not _BUILT.intersection(parts) and not any(p.endswith(".egg-info") for p in parts):
                yield path
