"""Builds the third-party layers without Docker, for any Python and architecture, when their requirements change.

python layers/build.py --stage dev                       what cdk.json says of that stage
python layers/build.py --python 3.13 --arch arm64        or said here
python layers/build.py --host                            this machine, where the embedded cloud runs the functions
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

from millrace.local import host

HERE = Path(__file__).parent
LAYERS = ("base", "inference")
LIMIT = 250 * 1024 * 1024  # bytes unzipped: Lambda's bound on a function with all its layers
LIBRARY = 2 * 1024 * 1024  # bytes kept free for our own library and the function
_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
_GLIBC = range(28, 16, -1)  # Lambda's Python 3.12 and newer run on glibc 2.34; 2.28 also suits older laptops
_PRUNED_FOLDERS = ("__pycache__", "tests", "bin")
_PRUNED_FILES = ("*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED", "*.dist-info/direct_url.json")


class BuildError(Exception):
    """A layer can't be built; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """The machine that a layer is for: Python as `3.13`, architecture as Lambda spells it."""

    python: str
    architecture: str

    def __post_init__(self) -> None:
        """Refuse an architecture that Lambda does not have."""
        if self.architecture not in _MACHINES:
            raise BuildError(f"architecture: expected one of {', '.join(_MACHINES)}, got {self.architecture!r}")

    @property
    def folder(self) -> str:
        """The name of its folder under build/layers."""
        return f"python{self.python}-{self.architecture}"

    @property
    def platforms(self) -> list[str]:
        """Wheel platform tags that run there, newest first. pip does not derive the older ones from the newest."""
        machine = _MACHINES[self.architecture]
        return [f"manylinux_2_{minor}_{machine}" for minor in _GLIBC] + [f"manylinux2014_{machine}"]

    @property
    def markers(self) -> dict[str, str]:
        """The environment that requirement markers are evaluated in."""
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": _MACHINES[self.architecture],
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
        }


def requirements(lock: str, target: Target) -> str:
    """The lines of a lock file that hold on `target`, without their markers.

    pip would evaluate markers for the Python that runs pip, not for the one it installs for.
    """
    kept = []
    for entry in lock.replace("\\\n", " ").splitlines():
        written, *hashes = entry.partition("#")[0].split(" --hash=")
        if not written.strip():
            continue
        requirement = Requirement(written.strip())
        if requirement.marker is None or requirement.marker.evaluate(target.markers):
            requirement.marker = None
            kept.append(" \\\n    ".join([str(requirement), *(f"--hash={each.strip()}" for each in hashes)]))
    return "\n".join(kept) + "\n"


def build(lock: Path, target: Target, into: Path) -> bool:
    """Fill `into`/python from a lock file; False when that was already done. Raises BuildError with pip's words."""
    wanted = requirements(lock.read_text(), target)
    digest = hashlib.sha256("\0".join([wanted, repr(target), Path(__file__).read_text()]).encode()).hexdigest()
    stamp = into.with_name(f"{into.name}.digest")
    if into.is_dir() and stamp.exists() and stamp.read_text() == digest:
        return False
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into.parent, prefix=f".{into.name}-") as scratch:
        fresh = Path(scratch) / into.name
        marked = Path(scratch) / "requirements.txt"
        marked.write_text(wanted)
        _install(marked, target, fresh / "python")
        prune(fresh)
        stamp.unlink(missing_ok=True)
        if into.exists():
            into.rename(Path(scratch) / "former")
        fresh.rename(into)
    stamp.write_text(digest)
    return True


def prune(folder: Path) -> None:
    """Remove what no function imports, and what differs from build to build. Licences stay."""
    for name in _PRUNED_FOLDERS:
        for found in sorted(folder.rglob(name)):
            if found.is_dir():
                shutil.rmtree(found)
    for pattern in _PRUNED_FILES:
        for found in folder.rglob(pattern):
            found.unlink()


def size(folder: Path) -> int:
    """Bytes of a folder's files, as Lambda counts them unzipped."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def stage_target(cdk_json: Path, stage: str) -> Target:
    """What cdk.json says of a stage. Raises BuildError naming what is missing."""
    stages = json.loads(cdk_json.read_text())["context"]["stages"]
    if stage not in stages:
        raise BuildError(f"{cdk_json.name} has no stage {stage!r}; it has {', '.join(sorted(stages))}")
    return Target(stages[stage]["python"], stages[stage]["architecture"])


def _install(wanted: Path, target: Target, into: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile", "--target", str(into)]
    command += ["--implementation", "cp", "--python-version", target.python]
    command += [word for tag in target.platforms for word in ("--platform", tag)]
    done = subprocess.run([*command, "--requirement", str(wanted)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"pip could not install for {target.folder}:\n{done.stderr.strip()}")


def _build_all(target: Target, out: Path) -> Iterator[str]:
    total = 0
    for name in LAYERS:
        into = out / target.folder / name
        built = build(HERE / name / "requirements.txt", target, into)
        bytes_ = size(into)
        total += bytes_
        yield f"{name}: {'built' if built else 'up to date'}, {bytes_ / 1e6:.1f} MB ({target.folder})"
    if total > LIMIT - LIBRARY:
        raise BuildError(f"the layers are {total / 1e6:.0f} MB unzipped; Lambda allows {LIMIT / 1e6:.0f} MB in all")


def _target(given: argparse.Namespace) -> Target:
    if given.host:
        return Target(host.PYTHON, host.ARCHITECTURE)
    if given.stage:
        return stage_target(HERE.parent / "cdk.json", given.stage)
    return Target(given.python, given.arch)


def main(arguments: Sequence[str]) -> int:
    """Build both layers; 0 when they are there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stage", help="a stage of cdk.json")
    parser.add_argument("--host", action="store_true", help="this machine's Python and architecture")
    parser.add_argument("--python", help="for example 3.13")
    parser.add_argument("--arch", choices=sorted(_MACHINES), help="Lambda's name of the architecture")
    parser.add_argument("--out", type=Path, default=HERE.parent / "build" / "layers")
    given = parser.parse_args(arguments)
    if [bool(given.stage), bool(given.python and given.arch), given.host].count(True) != 1:
        parser.error("give --stage, or --python and --arch, or --host")
    try:
        for line in _build_all(_target(given), given.out):
            print(line)
    except BuildError as error:
        print(f"layers: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
